package migfleet

import "fmt"

// units are the files that systemd runs the worker by, under the names that
// they have in the metadata, without the prefix. Without a mount the path is
// empty.
func units(mountPath string, stopSeconds, maxRunHours int) map[string]string {
	requires, writes := "", stateFolder
	if mountPath != "" {
		requires, writes = "RequiresMountsFor="+mountPath+"\n", mountPath+" "+stateFolder
	}
	return map[string]string{
		"worker-service": fmt.Sprintf(workerUnitFormat, requires, stopSeconds, writes), "gone-service": goneUnit,
		"lifetime-service": lifetimeUnit, "lifetime-timer": fmt.Sprintf(lifetimeTimerFormat, maxRunHours),
	}
}

const stateFolder = "/var/lib/spotgrid"

// workerUnitFormat takes the line that waits for the mount, the seconds to stop
// and the folders to write to. What is not obvious:
//
//   - The first machine makes the empty folder a volume. It is mounted by then
//     (RequiresMountsFor), and the worker may write nowhere else.
//   - Only the worker gets the signal to stop; it drains, and what it started
//     goes on meanwhile (KillMode).
//   - A job that eats all memory is killed alone (OOMPolicy).
//   - The worker may divide its own control group, and no other, to hold commands
//     to their limits (Delegate).
//   - Settings that are wrong do not get better (RestartPreventExitStatus).
//   - A machine is no use without its worker, whether it drained or keeps
//     failing (OnSuccess, OnFailure). It does not just switch itself off: its
//     group would start it again.
//   - What the worker says goes to the console too, which Compute Engine passes
//     on to Cloud Logging: there is no agent to install.
//   - It is not enabled: boot.sh starts it, at every boot.
const workerUnitFormat = `[Unit]
Description=Worker of a compute grid
Wants=network-online.target
After=network-online.target remote-fs.target
%[1]sStartLimitIntervalSec=600
StartLimitBurst=5
OnSuccess=spotgrid-gone.service
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
StandardOutput=journal+console
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
`

// goneUnit waits for the console to pass on what the worker said last.
const goneUnit = `[Unit]
Description=Take a machine without a worker out of its group

[Service]
Type=oneshot
ExecStart=/usr/bin/sleep 5
ExecStart=/bin/bash /usr/local/lib/spotgrid/boot.sh leave
`

// lifetimeUnit lets the worker drain before the machine goes.
const lifetimeUnit = `[Unit]
Description=End a machine that is old

[Service]
Type=oneshot
ExecStart=/usr/bin/systemctl stop spotgrid-worker.service
ExecStart=/bin/bash /usr/local/lib/spotgrid/boot.sh leave
`

const lifetimeTimerFormat = `[Unit]
Description=End the machine when it is old

[Timer]
OnActiveSec=%dh
AccuracySec=1min
`
