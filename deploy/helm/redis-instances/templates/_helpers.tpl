{{- define "name" -}}
{{- .Values.clusterName | default .Release.Name -}}
{{- end -}}

{{/* How the managers find the pods of a cluster, and nothing else: selectors can't be changed. */}}
{{- define "instanceSelector" -}}
redis.io/cluster: {{ include "name" . }}
redis.io/workload: data
{{- end -}}

{{- define "sentinelSelector" -}}
redis.io/cluster: {{ include "name" . }}
redis.io/workload: sentinel
{{- end -}}

{{- define "labels" -}}
app.kubernetes.io/name: redis-instances
app.kubernetes.io/instance: {{ .Release.Name }}
redis.io/cluster: {{ include "name" . }}
{{- end -}}

{{- define "sentinelHosts" -}}
{{- $name := include "name" . -}}
{{- $hosts := list -}}
{{- range until (int .Values.sentinels.replicas) -}}
{{- $hosts = append $hosts (printf "%s-sentinel-%d.%s-sentinel" $name . $name) -}}
{{- end -}}
{{- join "," $hosts -}}
{{- end -}}

{{/* Takes an image of the values and the root. */}}
{{- define "image" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ .image.tag | default .root.Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 999
runAsGroup: 999
fsGroup: 999
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Takes the labels to spread by and the root. */}}
{{- define "spread" -}}
{{ range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
- maxSkew: 1
  topologyKey: {{ . }}
  whenUnsatisfiable: {{ if eq . "kubernetes.io/hostname" }}{{ $.root.Values.spread }}{{ else }}ScheduleAnyway{{ end }}
  labelSelector:
    matchLabels:
      {{- $.selector | nindent 6 }}
{{- end }}
{{- end -}}

{{- define "identity" -}}
- name: CLUSTER_NAME
  value: {{ include "name" . }}
- name: POD_NAME
  valueFrom: { fieldRef: { fieldPath: metadata.name } }
- name: POD_NAMESPACE
  valueFrom: { fieldRef: { fieldPath: metadata.namespace } }
{{- end -}}

{{/* What both managers need to be let in by a Redis. */}}
{{- define "redisAccess" -}}
{{- with .Values.password.secret }}
- name: REDIS_PASSWORD_FILE
  value: /projected/{{ . }}/password
{{- end }}
{{- if .Values.tls.secret }}
- name: TLS_DIR
  value: /tls
{{- end }}
{{- end -}}

{{- define "redisAccessMounts" -}}
{{- with .Values.password.secret }}
- name: password
  mountPath: /projected/{{ . }}
  readOnly: true
{{- end }}
{{- if .Values.tls.secret }}
- name: tls
  mountPath: /tls
  readOnly: true
{{- end }}
{{- end -}}

{{/* Mode 288 is 0440. */}}
{{- define "redisAccessVolumes" -}}
{{- with .Values.password.secret }}
- name: password
  secret: { secretName: {{ . }}, defaultMode: 288 }
{{- end }}
{{- with .Values.tls.secret }}
- name: tls
  secret: { secretName: {{ . }}, defaultMode: 288 }
{{- end }}
{{- end -}}

{{/* Takes the storage of the values and the root. */}}
{{- define "dataVolumeClaim" -}}
- metadata:
    name: data
  spec:
    accessModes: [ReadWriteOnce]
    {{- with .className }}
    storageClassName: {{ . }}
    {{- end }}
    resources:
      requests:
        storage: {{ .size }}
{{- end -}}

{{- define "placement" -}}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
