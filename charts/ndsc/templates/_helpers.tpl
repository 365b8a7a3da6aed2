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
