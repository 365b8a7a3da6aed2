{{- define "ndsc.labels" -}}
app.kubernetes.io/part-of: ndsc
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "ndsc.operator.selector" -}}
app.kubernetes.io/name: ndsc-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "ndsc.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* The pod's part of the restricted level of the Pod Security Standards. */}}
{{- define "ndsc.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{/* The container's part, and a root file system that nothing writes to. */}}
{{- define "ndsc.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}
