{{/*
A part is one of the central services. What they share is said once here; each is called with
(dict "root" $ "part" "evaluator"), and its own files name what only it has.
*/}}

{{- define "ndsc.part.selector" -}}
app.kubernetes.io/name: {{ .part }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "ndsc.part.metadata" -}}
name: {{ .part }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "ndsc.part.selector" . | nindent 2 }}
  {{- include "ndsc.labels" .root | nindent 2 }}
{{- end }}

{{/* Service account, Service, disruption budget and, where the cluster knows the kind, ServiceMonitor. */}}
{{- define "ndsc.part.surroundings" -}}
apiVersion: v1
kind: ServiceAccount
metadata: {{- include "ndsc.part.metadata" . | nindent 2 }}
automountServiceAccountToken: false
---
apiVersion: v1
kind: Service
metadata: {{- include "ndsc.part.metadata" . | nindent 2 }}
spec:
  selector: {{- include "ndsc.part.selector" . | nindent 4 }}
  ports:
    - {name: https, port: 443, targetPort: https}
    - {name: metrics, port: 9090, targetPort: metrics}
---
# At most one copy less at a time, so that draining a machine never waits for ever.
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{- include "ndsc.part.metadata" . | nindent 2 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {{- include "ndsc.part.selector" . | nindent 6 }}
{{- if .root.Capabilities.APIVersions.Has "monitoring.coreos.com/v1/ServiceMonitor" }}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {{- include "ndsc.part.metadata" . | nindent 2 }}
spec:
  selector:
    matchLabels: {{- include "ndsc.part.selector" . | nindent 6 }}
  endpoints: [{port: metrics}]
{{- end }}
{{- end }}

{{/*
The Deployment. "environment", "mounts" and "volumes" are lists that the part adds; "database" says whether it has one,
"watches" whether it asks the API server. A pod waits for its certificate, which the operator makes.
*/}}
{{- define "ndsc.part.deployment" -}}
{{- $values := index .root.Values .part -}}
apiVersion: apps/v1
kind: Deployment
metadata: {{- include "ndsc.part.metadata" . | nindent 2 }}
spec:
  replicas: {{ $values.replicas }}
  revisionHistoryLimit: 5
  progressDeadlineSeconds: 600
  strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}
  selector:
    matchLabels: {{- include "ndsc.part.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "ndsc.part.selector" . | nindent 8 }}
        {{- include "ndsc.labels" .root | nindent 8 }}
    spec:
      serviceAccountName: {{ .part }}
      automountServiceAccountToken: {{ .watches | default false }}
      enableServiceLinks: false
      terminationGracePeriodSeconds: 30
      securityContext: {{- include "ndsc.podSecurity" . | nindent 8 }}
      topologySpreadConstraints:
        {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
        - maxSkew: 1
          topologyKey: {{ . }}
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels: {{- include "ndsc.part.selector" $ | nindent 14 }}
        {{- end }}
      {{- if .database }}
      # Before the service, in its own pod: what runs never meets tables of before, and where a migration fails the new
      # pod does not become ready, and the old one goes on serving. As the tables' owner, whom the service never is.
      initContainers:
        - name: migrate
          image: {{ include "ndsc.image" .root }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          args: [migrate, {{ .part }}]
          env:
            {{- include "ndsc.part.databaseUrl" (dict "root" .root "part" .part "secret" "app") | nindent 12 }}
            - {name: NDSC_SERVICE_ROLE, value: ndsc_service}
          resources: {requests: {cpu: 10m, memory: 128Mi}, limits: {memory: 384Mi}}
          securityContext: {{- include "ndsc.containerSecurity" . | nindent 12 }}
          volumeMounts:
            - {name: tmp, mountPath: /tmp}
            - {name: database-ca, mountPath: /etc/ndsc/database-ca, readOnly: true}
      {{- end }}
      containers:
        - name: {{ .part }}
          image: {{ include "ndsc.image" .root }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          args: [serve, {{ .part }}]
          env:
            - {name: NDSC_TLS_DIR, value: /etc/ndsc/tls}
            - {name: NDSC_LISTEN, value: "0.0.0.0:8443"}
            - {name: NDSC_PROBES, value: "0.0.0.0:9090"}
            {{- if .database }}
            {{- include "ndsc.part.databaseUrl" (dict "root" .root "part" .part "secret" "service") | nindent 12 }}
            {{- end }}
            {{- range .environment }}
            - {{ toJson . }}
            {{- end }}
          ports:
            - {name: https, containerPort: 8443}
            - {name: metrics, containerPort: 9090}
          startupProbe: {httpGet: {path: /livez, port: metrics}, periodSeconds: 2, failureThreshold: 150, timeoutSeconds: 5}
          livenessProbe: {httpGet: {path: /livez, port: metrics}, periodSeconds: 10, failureThreshold: 6, timeoutSeconds: 5}
          readinessProbe: {httpGet: {path: /readyz, port: metrics}, periodSeconds: 3, timeoutSeconds: 5}
          # A moment for the Service to forget the pod before it stops to listen: no search is lost in a roll-out.
          lifecycle: {preStop: {sleep: {seconds: 3}}}
          resources: {{- toYaml $values.resources | nindent 12 }}
          securityContext: {{- include "ndsc.containerSecurity" . | nindent 12 }}
          volumeMounts:
            - {name: tmp, mountPath: /tmp}
            - {name: certificates, mountPath: /etc/ndsc/tls, readOnly: true}
            {{- if .database }}
            - {name: database-ca, mountPath: /etc/ndsc/database-ca, readOnly: true}
            {{- end }}
            {{- range .mounts }}
            - {{ toJson . }}
            {{- end }}
      volumes:
        - {name: tmp, emptyDir: {sizeLimit: 64Mi}}
        - {name: certificates, secret: {secretName: {{ .part }}-tls, defaultMode: 0440}}
        {{- if .database }}
        # The authority's certificate alone: its key lies in the same Secret.
        - name: database-ca
          secret: {secretName: {{ .part }}-db-ca, defaultMode: 0440, items: [{key: ca.crt, path: ca.crt}]}
        {{- end }}
        {{- range .volumes }}
        - {{ toJson . }}
        {{- end }}
{{- end }}

{{/* The database's URL; "secret" is app for the owner of the tables, service for the role that serves. */}}
{{- define "ndsc.part.databaseUrl" -}}
{{- $secret := printf "%s-db-%s" .part .secret -}}
{{- $host := printf "%s-db-rw.%s.svc" .part .root.Release.Namespace -}}
- {name: NDSC_DATABASE_USER, valueFrom: {secretKeyRef: {name: {{ $secret }}, key: username}}}
- {name: NDSC_DATABASE_PASSWORD, valueFrom: {secretKeyRef: {name: {{ $secret }}, key: password}}}
- name: NDSC_DATABASE_URL
  value: "postgresql://$(NDSC_DATABASE_USER):$(NDSC_DATABASE_PASSWORD)@{{ $host }}:5432/ndsc?sslmode=verify-full&sslrootcert=/etc/ndsc/database-ca/ca.crt"
{{- end }}

{{/* URL of a part. */}}
{{- define "ndsc.part.url" -}}
https://{{ .part }}.{{ .root.Release.Namespace }}.svc
{{- end }}
