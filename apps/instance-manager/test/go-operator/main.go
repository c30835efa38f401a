// An operator written against the contract with nothing but Go's standard library, as an existing one speaks it:
// only status 200 is success, JSON is decoded leniently, success bodies of promote and demote are ignored, no
// Authorization header, the body of a failure is kept up to 4 KiB.
//
// Usage: go run main.go BASE_URL status|promote|demote IP PORT|backup NAME METHOD BUCKET ENDPOINT
// Prints one JSON line; exits 1 with the failure on stderr.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"
)

type status struct {
	Role              string `json:"role"`
	ReplicationOffset int64  `json:"replicationOffset"`
	ConnectedReplicas int    `json:"connectedReplicas"`
	MasterLinkStatus  string `json:"masterLinkStatus,omitempty"`
	Connected         bool   `json:"connected"`
}

type s3Destination struct {
	Bucket   string `json:"bucket"`
	Path     string `json:"path"`
	Endpoint string `json:"endpoint"`
	Region   string `json:"region"`
}

type backupRequest struct {
	BackupName  string `json:"backupName"`
	Method      string `json:"method"`
	Destination struct {
		S3 s3Destination `json:"s3"`
	} `json:"destination"`
}

type backupResult struct {
	ArtifactType   string `json:"artifactType"`
	BackupPath     string `json:"backupPath"`
	ObjectKey      string `json:"objectKey"`
	BackupSize     int64  `json:"backupSize"`
	ChecksumSHA256 string `json:"checksumSHA256"`
}

var client = &http.Client{Timeout: time.Minute}

func main() {
	result, err := run(os.Args[1], os.Args[2], os.Args[3:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		panic(err)
	}
}

func run(baseURL, command string, args []string) (any, error) {
	switch command {
	case "status":
		var result status
		if err := call(http.MethodGet, baseURL+"/v1/status", nil, &result); err != nil {
			return nil, err
		}
		if !result.Connected {
			return nil, fmt.Errorf("status 200 with connected false")
		}
		return result, nil
	case "promote":
		return true, call(http.MethodPost, baseURL+"/v1/promote", nil, nil)
	case "demote":
		query := url.Values{"primaryIP": {args[0]}, "port": {args[1]}}
		return true, call(http.MethodPost, baseURL+"/v1/demote?"+query.Encode(), nil, nil)
	case "backup":
		request := backupRequest{BackupName: args[0], Method: args[1]}
		request.Destination.S3 = s3Destination{Bucket: args[2], Endpoint: args[3]}
		body, err := json.Marshal(request)
		if err != nil {
			return nil, err
		}
		var result backupResult
		if err := call(http.MethodPost, baseURL+"/v1/backup", body, &result); err != nil {
			return nil, err
		}
		if result.BackupPath == "" {
			return nil, fmt.Errorf("status 200 with an empty backupPath")
		}
		return result, nil
	}
	return nil, fmt.Errorf("unknown command %s", command)
}

func call(method, address string, body []byte, result any) error {
	request, err := http.NewRequest(method, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		reason, _ := io.ReadAll(io.LimitReader(response.Body, 4096))
		return fmt.Errorf("%s %s: status %d: %s", method, request.URL.Path, response.StatusCode, reason)
	}
	if result == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(result)
}
