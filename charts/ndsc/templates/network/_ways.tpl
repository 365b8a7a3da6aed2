{{/* Peers and rules of NetworkPolicies. The label of a namespace's name is set by the API server, and by nobody else. */}}

{{- define "ndsc.to.nameServer" -}}
- to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {k8s-app: kube-dns}}}]
  ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]
{{- end }}

{{- define "ndsc.to.apiServer" -}}
- to: [{ipBlock: {cidr: {{ .Values.networkPolicy.apiServerCidr }}}}]
  ports: [{protocol: TCP, port: 443}, {protocol: TCP, port: {{ .Values.networkPolicy.apiServerPort }}}]
{{- end }}

{{/* The nodes' APIs, in the namespaces of forces. */}}
{{- define "ndsc.nodes" -}}
{namespaceSelector: {matchExpressions: [{key: ndsc.police.uk/force, operator: Exists}]}, podSelector: {matchLabels: {app.kubernetes.io/component: api}}}
{{- end }}

{{/* Another part, in the platform's own namespace. */}}
{{- define "ndsc.pods" -}}
{podSelector: {matchLabels: {app.kubernetes.io/component: {{ . }}}}}
{{- end }}
