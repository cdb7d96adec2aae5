#!/bin/bash
# Makes this machine a worker of its fleet, at its first boot. What it has to
# know is in boot.env, which the fleet's declaration wrote. If anything fails,
# the machine says so where somebody can read it and switches itself off, which
# ends it: it would cost money and do nothing.
#
# Usage: boot.sh [ROOT]; ROOT goes in front of every path, for tests.
set -euo pipefail

root=${1:-}
log=$root/var/log/spotgrid/boot.log
instance=unknown
step='reading boot.env'

mkdir -p "$root/var/log/spotgrid" "$root/run/spotgrid" "$root/dev"
exec >>"$log" 2>&1

# say LEVEL MESSAGE writes a line in the form that the worker's log has.
say() {
	printf '{"time":"%s","level":"%s","msg":"%s"}\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" "$2"
}

begin() {
	step=$1
	say INFO "$step"
}

# try N COMMAND... runs it until it succeeds, up to N times, ten seconds apart.
try() {
	local left=$1
	shift
	until "$@"; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || return 1
		sleep 10
	done
}

# events turns lines into what PutLogEvents takes.
events() {
	LC_ALL=C tr -cd '[:print:]\n' | LC_ALL=C sed 's/[\\"]/\\&/g' |
		awk -v now="$(date +%s)000" 'NF { printf "%s{\"timestamp\":%s,\"message\":\"%s\"}", (n++ ? "," : "["), now, $0 } END { print n ? "]" : "[]" }'
}

# ship sends the end of the boot log without the agent, which may not be there.
ship() {
	tail -n 100 "$log" | tail -c 16000 | events >"$root/run/spotgrid/events.json"
	local to=(--region "$REGION" --log-group-name "$LOG_GROUP" --log-stream-name "$instance/boot" --cli-connect-timeout 5 --cli-read-timeout 10)
	AWS_MAX_ATTEMPTS=2 aws logs create-log-stream "${to[@]}"
	AWS_MAX_ATTEMPTS=2 aws logs put-log-events "${to[@]}" --log-events "file://$root/run/spotgrid/events.json"
}

give_up() {
	trap - EXIT
	trap '' TERM
	set +e
	say ERROR "gave up while $step"
	tail -n 20 "$log" >"$root/dev/console"
	[ -z "${LOG_GROUP:-}" ] || ship
	shutdown --poweroff now || systemctl poweroff --force
	exit 1
}
trap give_up EXIT
trap 'step="$step, which took too long"; exit 1' TERM

say INFO "$step"
# For when not even giving up works.
shutdown --poweroff +20
# shellcheck source=/dev/null
. "$root/etc/spotgrid/boot.env"

begin 'asking for the name of the machine'
metadata=http://169.254.169.254/latest
ask() { curl --silent --show-error --fail --max-time 5 --retry 5 --retry-connrefused "$@"; }
token=$(ask --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 300' "$metadata/api/token")
name=$(ask --header "X-aws-ec2-metadata-token: $token" "$metadata/meta-data/instance-id")
instance=$name # only now: what failed has no name

begin 'shipping logs'
try 3 dnf install --assumeyes --quiet amazon-cloudwatch-agent logrotate
"$root/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl" \
	-a fetch-config -m ec2 -s -c "file:$root/etc/spotgrid/agent.json"

begin 'mounting the volume'
if [ -n "$MOUNT_PATH" ]; then # else it is no file system
	try 3 dnf install --assumeyes --quiet amazon-efs-utils
	mkdir -p "$root$MOUNT_PATH"
	# nofail: without it, a machine that starts again while the volume is away
	# waits in emergency mode; with it, the worker's unit fails, and the machine
	# goes.
	printf '%s:/ %s efs _netdev,nofail,tls,iam,accesspoint=%s 0 0\n' "$FILE_SYSTEM" "$MOUNT_PATH" "$ACCESS_POINT" >>"$root/etc/fstab"
	# The name of a new mount target takes a while to be known.
	try 18 mount "$MOUNT_PATH"
fi

begin 'fetching the worker'
fetched=$root/run/spotgrid/worker
try 3 aws s3 cp --only-show-errors --region "$REGION" "s3://$BUCKET/$KEY" "$fetched"

begin 'checking the worker'
printf '%s  %s\n' "$SHA256" "$fetched" | sha256sum --check --strict --quiet

begin 'installing the worker'
install -D -m 0755 "$fetched" "$root/usr/local/bin/spotgrid-worker"
rm "$fetched"
groupadd --gid "$OWNER_ID" spotgrid
useradd --uid "$OWNER_ID" --gid spotgrid --no-create-home --home-dir /var/lib/spotgrid --shell /usr/sbin/nologin spotgrid
printf "SPOTGRID_WORKER='%s'\nSPOTGRID_GROUP_URL='asg://%s/%s?instance=%s&hook=%s'\n" \
	"$instance" "$REGION" "$GROUP" "$instance" "$HOOK" >"$root/etc/spotgrid/instance.env"

begin 'starting the worker'
systemctl daemon-reload
systemctl restart logrotate.timer
systemctl enable --now spotgrid-worker.service

shutdown -c
trap - EXIT
say INFO 'the worker is started'
