package asgfleet

import (
	"encoding/json"
	"fmt"
)

const (
	agentPath       = "/etc/spotgrid/agent.json"
	unitPath        = "/etc/systemd/system/spotgrid-worker.service"
	goneUnitPath    = "/etc/systemd/system/spotgrid-gone.service"
	rotatePath      = "/etc/logrotate.d/spotgrid"
	rotateTimerPath = "/etc/systemd/system/logrotate.timer.d/spotgrid.conf"
	logFolder       = "/var/log/spotgrid"
	// flushSeconds is how often the agent ships logs: a spot machine has two
	// minutes from the notice to its end.
	flushSeconds = 5
)

const stateFolder = "/var/lib/spotgrid"

// workerUnit runs the worker. Without a mount the path is empty.
func workerUnit(mountPath string, stopSeconds int) string {
	requires, writes := "", stateFolder
	if mountPath != "" {
		requires, writes = "RequiresMountsFor="+mountPath+"\n", mountPath+" "+stateFolder
	}
	return fmt.Sprintf(workerUnitFormat, requires, stopSeconds, writes)
}

// workerUnitFormat takes the line that waits for the mount, the seconds to stop
// and the folders to write to. What is not obvious:
//
//   - The first machine makes the empty file system a volume. It is mounted by
//     then (RequiresMountsFor), and the worker may write nowhere else.
//   - Only the worker gets the signal to stop; it drains, and what it started
//     goes on meanwhile (KillMode).
//   - A job that eats all memory is killed alone (OOMPolicy).
//   - The worker may divide its own control group, and no other, to hold commands
//     to their limits (Delegate).
//   - Settings that are wrong do not get better (RestartPreventExitStatus).
//   - A machine is no use without its worker. One that drained is switched off
//     at once, one that keeps failing after its logs are shipped.
const workerUnitFormat = `[Unit]
Description=Worker of a compute grid
Wants=network-online.target
After=network-online.target remote-fs.target
%[1]sStartLimitIntervalSec=600
StartLimitBurst=5
SuccessAction=poweroff
OnFailure=spotgrid-gone.service

[Service]
Type=exec
ExecStartPre=/usr/local/bin/spotgrid-worker init-volume
ExecStart=/usr/local/bin/spotgrid-worker
EnvironmentFile=/etc/spotgrid/worker.env
EnvironmentFile=/etc/spotgrid/instance.env
User=spotgrid
Group=spotgrid
StateDirectory=spotgrid
WorkingDirectory=/var/lib/spotgrid
Restart=on-failure
RestartSec=5
RestartPreventExitStatus=2
KillMode=mixed
KillSignal=SIGTERM
TimeoutStopSec=%[2]d
OOMPolicy=continue
StandardOutput=append:/var/log/spotgrid/worker.log
StandardError=inherit
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ReadWritePaths=%[3]s
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
Delegate=cpu memory pids
RestrictSUIDSGID=yes
LockPersonality=yes

[Install]
WantedBy=multi-user.target
`

// goneUnit waits for the agent to ship what the worker said last.
const goneUnit = `[Unit]
Description=Switch a machine off whose worker keeps failing

[Service]
Type=oneshot
ExecStart=/usr/bin/sleep 15
ExecStart=/usr/bin/systemctl poweroff
`

// rotation copies and empties the log, since systemd keeps it open. Hourly
// instead of daily, because jobs can write much.
const (
	rotation = `/var/log/spotgrid/*.log {
	size 50M
	rotate 2
	copytruncate
	missingok
	notifempty
}
`
	rotateTimer = `[Timer]
OnCalendar=
OnCalendar=hourly
AccuracySec=1m
RandomizedDelaySec=0
`
)

// agentConfig tells the CloudWatch agent which logs to ship. The agent puts the
// machine's own name in.
func agentConfig(group string) (string, error) {
	type object = map[string]any
	var files []object
	for _, name := range []string{"boot", "worker"} {
		files = append(files, object{
			"file_path": logFolder + "/" + name + ".log", "log_group_name": group,
			"log_stream_name": "{instance_id}/" + name, "timezone": "UTC",
		})
	}
	b, err := json.Marshal(object{"logs": object{
		"force_flush_interval": flushSeconds, "logs_collected": object{"files": object{"collect_list": files}},
	}})
	return string(b), err
}
