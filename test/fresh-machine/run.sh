#!/usr/bin/env bash
# Tries the two commands of README.md on a fresh Debian: a root file system made by debootstrap with this machine's own
# Node and npm and nothing else. As root, on Debian or Ubuntu, with the commit that is checked out.
#
#   test/fresh-machine/run.sh           the demo without and with libatomic1, as root and as an ordinary user
#   test/fresh-machine/run.sh --test    and the whole of npm test, as both
#
# NODE names another Node to give to it than that of the PATH. ROOT_DIRECTORY is where it is made; it is kept.
set -euo pipefail
cd "$(dirname "$0")/../.."

root=${ROOT_DIRECTORY:-/var/tmp/sluice-fresh-machine}
node=$(readlink -f "${NODE:-$(PATH=${PATH//$PWD\/node_modules\/.bin:/} command -v node)}")
npm=$(PATH=${PATH//$PWD\/node_modules\/.bin:/} npm root --global)/npm
failed=0

if [ ! -e "$root/etc/debian_version" ]; then debootstrap --variant=minbase bookworm "$root"; fi
cleanup() { umount "$root/proc" "$root/dev/pts" "$root/dev" 2>/dev/null || true; }
trap cleanup EXIT
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
mountpoint -q "$root/dev" || mount --bind /dev "$root/dev"
mountpoint -q "$root/dev/pts" || mount --bind /dev/pts "$root/dev/pts"

mkdir -p "$root/usr/lib/node_modules" "$root/etc/ssl/certs" "$root/usr/etc"
rm -rf "$root/usr/lib/node_modules/npm"
cp -r "$npm" "$root/usr/lib/node_modules/npm"
cp "$node" "$root/usr/bin/node"
ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/bin/npm"
# As every Debian has it; only debootstrap alone leaves it out.
echo '127.0.0.1 localhost' >"$root/etc/hosts"
# How this machine reaches the registry.
cp /etc/resolv.conf "$root/etc/"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/" 2>/dev/null || true
cp /usr/etc/npmrc "$root/usr/etc/" 2>/dev/null || true
inside() { chroot "$root" env -i HOME="$1" PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin TERM=dumb "${@:2}"; }
inside /root id newcomer >/dev/null 2>&1 || inside /root useradd --create-home newcomer

# clone HOME: a clean clone in it, owned by whom it belongs to.
clone() {
  rm -rf "$root$1/sluice"
  mkdir -p "$root$1/sluice"
  git archive HEAD | tar -x -C "$root$1/sluice"
  chown -R --reference="$root$1" "$root$1/sluice"
}

# as USER COMMAND: what the user types in the clone.
as() {
  if [ "$1" = root ]; then inside /root sh -c "cd ~/sluice && $2"
  else inside "/home/$1" runuser -u "$1" -- sh -c "cd ~/sluice && $2"; fi
}

report() {
  if [ "$1" = 0 ]; then echo "ok      $2"; else echo "FAILED  $2"; failed=1; fi
}

# The first answer is asked for as soon as there is one, and timed from the first command on.
first_answer() {
  local user=$1 began=$SECONDS log=$root/tmp/demo.log pid status=1 _
  as "$user" 'npm install && exec npm run demo' >"$log" 2>&1 &
  pid=$!
  for _ in $(seq 1 600); do
    if curl --silent --fail --max-time 2 http://127.0.0.1:8000/v1/chat --header 'content-type: application/json' \
      --data '{"messages":[{"role":"user","content":"hi"}]}' >"$root/tmp/answer"; then status=0; break; fi
    if ! kill -0 "$pid" 2>/dev/null; then break; fi
    sleep 0.2
  done
  echo "--- $user: $((SECONDS - began)) s to the first answer, $(grep -ci warn "$log" || true) lines of warnings," \
    "$(du -sm "$root$(inside /root getent passwd "$user" | cut -d: -f6)/sluice/node_modules" | cut -f1) MB"
  # Of the demo itself, which npm runs in the file system of the clone.
  local process
  for process in /proc/[0-9]*; do
    if [ "$(readlink "$process/root")" = "$root" ]; then kill -TERM "${process#/proc/}" 2>/dev/null || true; fi
  done
  wait "$pid" || true
  if [ "$status" -ne 0 ]; then tail -n 20 "$log"; else cat "$root/tmp/answer"; echo; fi
  return "$status"
}

own=$(inside /root node --version)
inside /root sh -c 'apt-get -qq remove --purge -y libatomic1 >/dev/null 2>&1 || true'
clone /root
if [ "${own%%.*}" = v24 ] || [ "${own%%.*}" \> v24 ]; then
  first_answer root && status=0 || status=1
  report "$status" "without libatomic1, Node $own: goes on with it"
else
  as root 'npm install && npm run demo' >"$root/tmp/demo.log" 2>&1 && status=1 || status=0
  report "$status" "without libatomic1, Node $own: does not start"
fi
grep 'apt-get install libatomic1' "$root/tmp/demo.log" && status=0 || status=1
report "$status" 'and says what to install'

inside /root apt-get -qq update
inside /root apt-get -qq install -y --no-install-recommends libatomic1 >/dev/null
for user in root newcomer; do
  clone "$(inside /root getent passwd "$user" | cut -d: -f6)"
  first_answer "$user" && status=0 || status=1
  report "$status" "with libatomic1, as $user: npm install && npm run demo"
  if [ "${1:-}" = --test ]; then
    as "$user" 'npm install && npm test' && status=0 || status=1
    report "$status" "with libatomic1, as $user: npm install && npm test"
  fi
done
exit "$failed"
