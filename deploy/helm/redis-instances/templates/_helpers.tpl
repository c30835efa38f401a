{{/* 40 characters at most: with -sentinel and the hash of a revision it becomes a label, which takes 63. */}}
{{- define "name" -}}
{{- $name := .Values.clusterName | default .Release.Name -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$" $name) -}}
{{- fail (printf "%s can't be the name of a cluster: it takes a-z, 0-9 and -, a letter first, no - last, and 40 characters at most. Set clusterName, or name the release otherwise." $name) -}}
{{- end -}}
{{- $name -}}
{{- end -}}

{{/* How the managers find the pods of a cluster, and nothing else: selectors can't be changed. */}}
{{- define "instanceSelector" -}}
redis.io/cluster: {{ include "name" . | quote }}
redis.io/workload: data
{{- end -}}

{{- define "sentinelSelector" -}}
redis.io/cluster: {{ include "name" . | quote }}
redis.io/workload: sentinel
{{- end -}}

{{- define "labels" -}}
app.kubernetes.io/name: redis-instances
app.kubernetes.io/instance: {{ .Release.Name | quote }}
redis.io/cluster: {{ include "name" . | quote }}
{{- end -}}

{{- define "sentinelHosts" -}}
{{- $name := include "name" . -}}
{{- $hosts := list -}}
{{- range until (int .Values.sentinels.replicas) -}}
{{- $hosts = append $hosts (printf "%s-sentinel-%d.%s-sentinel" $name . $name) -}}
{{- end -}}
{{- join "," $hosts -}}
{{- end -}}

{{/* Half of the limit: the rest is for what a save copies, for buffers and for the manager. The last maxmemory counts. */}}
{{- define "redisConfig" -}}
{{- with ((.Values.instances.resources).limits).memory -}}
maxmemory {{ div (include "bytes" .) 2097152 }}mb
{{ end -}}
{{- .Values.instances.config -}}
{{- end -}}

{{/* Of a quantity of Kubernetes, in whatever form Helm has read it. */}}
{{- define "bytes" -}}
{{- $text := toString . -}}
{{- $number := regexFind "^[0-9.]+(e[+]?[0-9]+)?" $text -}}
{{- $powers := dict "" 1 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- $power := get $powers (trimPrefix $number $text) -}}
{{- if not (and $number $power) -}}
{{- fail (printf "instances.resources.limits.memory: %s is none of 2Gi, 2G, 2048Mi and the like." $text) -}}
{{- end -}}
{{- mulf $number $power | int64 -}}
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
{{- with .Values.podSecurityContext }}
{{ toYaml . }}
{{- end }}
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
  value: {{ include "name" . | quote }}
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
  secret: { secretName: {{ quote . }}, defaultMode: 288 }
{{- end }}
{{- with .Values.tls.secret }}
- name: tls
  secret: { secretName: {{ quote . }}, defaultMode: 288 }
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
