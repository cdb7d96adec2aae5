#!/bin/bash
# Makes this machine a worker of its fleet, at each of its boots, and takes it
# out of its group when it is no use any more. Google's guest agent runs it as
# the startup script. What it has to know is in attributes of the machine's
# metadata, which the fleet's declaration wrote; nothing of it is made a command
# of. Nothing is installed either, so that Google's APIs are all it has to reach.
#
# If anything fails, the machine says so on its console and in Cloud Logging,
# and leaves its group: it would cost money and do nothing.
#
# Usage: boot.sh [boot|leave]; SPOTGRID_ROOT goes in front of every path and
# SPOTGRID_BOOT_SECONDS bounds the boot, both for tests.
set -euo pipefail

root=${SPOTGRID_ROOT:-}
self=$root/usr/local/lib/spotgrid/boot.sh
log=$root/run/spotgrid/boot.log
metadata=http://metadata.google.internal/computeMetadata/v1
step='starting'

# say LEVEL MESSAGE writes a line in the form that the worker's log has, to the
# log and to the console, from where Compute Engine takes it to Cloud Logging.
say() {
	printf '{"time":"%s","level":"%s","msg":"%s"}\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" "$2" | tee -a "$root/dev/console"
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

# ask PATH prints a value of the metadata server.
ask() {
	curl --silent --show-error --fail --max-time 5 --retry 5 --retry-connrefused --header 'Metadata-Flavor: Google' "$metadata/$1"
}

# call ARGUMENTS... calls an API as the machine. The token goes through a pipe:
# the list of processes shows arguments.
call() {
	local token
	token=$(ask instance/service-accounts/default/token | sed -n 's/.*"access_token" *: *"\([^"]*\)".*/\1/p') || return 1
	[ -n "$token" ] || return 1
	printf 'Authorization: Bearer %s\n' "$token" |
		curl --silent --show-error --fail --connect-timeout 5 --header @- "$@"
}

# identify asks who this machine is and which group made it.
identify() {
	local by
	project=$(ask project/project-id) || return 1
	name=$(ask instance/name) || return 1
	zone=$(ask instance/zone) || return 1
	zone=${zone##*/}
	by=$(ask instance/attributes/created-by) || return 1
	[[ $by =~ ^projects/[^/]+/((zones|regions)/([a-z0-9-]+)/instanceGroupManagers/([a-z0-9-]+))$ ]] || return 1
	place=${BASH_REMATCH[1]} location=${BASH_REMATCH[3]} group=${BASH_REMATCH[4]}
}

# leave has the group delete this machine and do with one less. If the group
# cannot be told, the machine switches itself off, and the group starts another
# one in its place; so it does if it should still be here five minutes later.
leave() {
	set +e
	if try 3 identify && try 5 call --max-time 30 --output /dev/null --header 'Content-Type: application/json' \
		--data "{\"instances\":[\"zones/$zone/instances/$name\"],\"skipInstancesOnValidationError\":true}" \
		"https://compute.googleapis.com/compute/v1/projects/$project/$place/deleteInstances"; then
		say INFO 'leaving the group'
		shutdown --poweroff +5
		return
	fi
	say ERROR 'could not leave the group'
	shutdown --poweroff now || systemctl poweroff --force
}

# entries turns lines into what Cloud Logging takes.
entries() {
	LC_ALL=C tr -cd '[:print:]\n' | LC_ALL=C sed 's/[\\"]/\\&/g' |
		awk 'NF { printf "%s{\"severity\":\"ERROR\",\"textPayload\":\"%s\"}", (n++ ? "," : ""), $0 }'
}

# ship sends the end of the boot log, in case the console is not passed on.
ship() {
	local id
	identify || return 1
	id=$(ask instance/id) || return 1
	{
		printf '{"logName":"projects/%s/logs/spotgrid-boot","labels":{"compute.googleapis.com/resource_name":"%s"},' "$project" "$name"
		printf '"resource":{"type":"gce_instance","labels":{"project_id":"%s","instance_id":"%s","zone":"%s"}},"entries":[' "$project" "$id" "$zone"
		tail -n 50 "$log" | tail -c 16000 | entries
		printf ']}'
	} >"$root/run/spotgrid/entries.json"
	call --max-time 10 --output /dev/null --header 'Content-Type: application/json' --data "@$root/run/spotgrid/entries.json" \
		https://logging.googleapis.com/v2/entries:write
}

give_up() {
	trap - EXIT
	trap '' TERM
	set +e
	tail -n 20 "$log" >>"$root/dev/console"
	say ERROR "gave up while $step"
	ship
	leave
	exit 1
}

# fetch ATTRIBUTE FILE keeps what the fleet's declaration wrote.
fetch() {
	ask "instance/attributes/spotgrid-$1" >"$root$2"
}

fetch_worker() {
	call --max-time 300 --output "$root/run/spotgrid/worker" "https://storage.googleapis.com/$BUCKET/$KEY"
}

# mount_volume leaves out mount's helper, which the image does not have: the
# kernel's NFS client does by itself, given the server's address. In the
# foreground it is stopped together with this script.
mount_volume() {
	timeout --foreground --kill-after=10 60 mount -i -t nfs -o "$MOUNT_OPTIONS,nosuid,nodev,addr=$SERVER" "$SERVER:/$SHARE" "$root$MOUNT_PATH"
}

boot() {
	mkdir -p "$root/run/spotgrid" "$root/etc/spotgrid" "$root/etc/systemd/system" "$root/usr/local/bin" "$root/dev"
	exec >>"$log" 2>&1
	trap give_up EXIT
	trap 'step="$step, which took too long"; exit 1' TERM
	# For when not even giving up works.
	shutdown --poweroff +20

	begin 'asking for what to do'
	fetch boot-env /etc/spotgrid/boot.env
	fetch worker-env /etc/spotgrid/worker.env
	for unit in worker.service gone.service lifetime.service lifetime.timer; do
		fetch "${unit/./-}" "/etc/systemd/system/spotgrid-$unit" # names of attributes have no dots
	done
	# shellcheck source=/dev/null
	. "$root/etc/spotgrid/boot.env"

	begin 'asking for the name of the machine'
	identify
	printf "SPOTGRID_WORKER='%s'\nSPOTGRID_GROUP_URL='mig://%s/%s/%s?instance=%s%s'\n" \
		"$name" "$project" "$location" "$group" "$name" "$GROUP_MINIMUM" >"$root/etc/spotgrid/instance.env"

	begin 'mounting the volume'
	if [ -n "$MOUNT_PATH" ]; then # else it is no file system
		mkdir -p "$root$MOUNT_PATH"
		mountpoint --quiet "$root$MOUNT_PATH" || try 9 mount_volume
	fi

	begin 'fetching the worker'
	try 3 fetch_worker

	begin 'checking the worker'
	printf '%s  %s\n' "$SHA256" "$root/run/spotgrid/worker" | sha256sum --check --strict --quiet

	begin 'installing the worker'
	install -m 0755 "$root/run/spotgrid/worker" "$root/usr/local/bin/spotgrid-worker"
	rm "$root/run/spotgrid/worker"
	if ! getent passwd spotgrid; then # there already when the machine starts again
		groupadd --gid "$OWNER_ID" spotgrid
		useradd --uid "$OWNER_ID" --gid spotgrid --no-create-home --home-dir /var/lib/spotgrid --shell /usr/sbin/nologin spotgrid
	fi

	begin 'making the folder of the volume'
	if [ -n "$MOUNT_PATH" ]; then
		# The share's own folder is root's. The first machine makes another one, or
		# makes that one the workers'.
		mkdir -p "$root$VOLUME_PATH"
		[ "$(stat --format %u "$root$VOLUME_PATH")" = "$OWNER_ID" ] || chown "$OWNER_ID:$OWNER_ID" "$root$VOLUME_PATH"
	fi

	begin 'starting the worker'
	systemctl daemon-reload
	systemctl start spotgrid-lifetime.timer spotgrid-worker.service

	shutdown -c
	trap - EXIT
	say INFO 'the worker is started'
}

case ${1:-} in
boot) boot ;;
leave)
	exec 2>>"$root/dev/console"
	leave
	;;
*)
	install -D -m 0755 "$0" "$self"
	exec timeout --kill-after=180 "${SPOTGRID_BOOT_SECONDS:-900}" /bin/bash "$self" boot
	;;
esac
