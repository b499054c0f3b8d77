#!/usr/bin/env bash
# Installs the packages in clean Debian systems, runs what is in them, removes them, and looks whether
# anything is left behind. Stops at the first thing that is wrong.
#
#   bash assets/package/try.sh [--packages FOLDER] [--out FOLDER] [--cache FOLDER] [SUITE…]
#
# Needs root (chroot, mounts in a namespace of its own), the packages of apt, and
# debootstrap, xvfb, x11-utils and ffmpeg. FOLDER of --packages is what build.sh wrote. The systems are
# kept in --cache, so that a second run downloads little. Without SUITE: bookworm and trixie (12 and 13).
set -euo pipefail
export LC_ALL=C
if [ "${1:-}" != --inside ]; then
    # Mounts and processes end with this script, whatever happens.
    exec unshare --mount --pid --fork --kill-child --mount-proc bash "$0" --inside "$@"
fi
shift
root=$(cd "$(dirname "$0")/../.." && pwd)
packages=$root/target/package out=$root/target/package/tried cache=$root/target/package/systems
suites=()
while [ $# -gt 0 ]; do
    case $1 in
    --packages) packages=$2; shift ;;
    --out) out=$2; shift ;;
    --cache) cache=$2; shift ;;
    *) suites+=("$1") ;;
    esac
    shift
done
[ ${#suites[@]} -gt 0 ] || suites=(bookworm trixie)
mkdir -p "$out" "$cache"
deb=$(echo "$packages"/pentimento_*_amd64.deb) archive=$(echo "$packages"/pentimento-*-linux-x86_64.tar.gz)
work=$(mktemp -d)
finish() {
    jobs -p | xargs -r kill 2>/dev/null || true
    leave_system
    rm -rf --one-file-system "$work"
}
# Before a folder is deleted nothing may be mounted in it.
leave_system() {
    local at
    for at in proc sys dev "tmp/.X11-unix/X${display#:}"; do
        mountpoint -q "${system:-/nowhere}/$at" && umount -R -l "$system/$at"
    done
    true
}
trap finish EXIT
# With which each system is looked at. None of it is needed by the packages.
tools="man-db bash-completion zsh fish libglib2.0-bin shared-mime-info desktop-file-utils"
n=0

say() { printf '\n== %s: %s (second %d)\n' "$suite" "$*" "$SECONDS"; }
# One check: a command that must succeed and print what the pattern (or nothing, if empty) names. What it
# printed is kept.
check() { # NAME PATTERN COMMAND…
    local name=$1 pattern=$2 kept=$out/$suite-$1.txt
    shift 2
    if "$@" >"$kept" 2>&1 && { [ -z "$pattern" ] || grep -qE -- "$pattern" "$kept"; }; then
        n=$((n + 1))
        echo "ok  $name"
    else
        echo "WRONG  $name: $*" >&2
        cat "$kept" >&2
        exit 1
    fi
}
# A command in the system as root; one as its user; one as its user without any network.
as_root() { chroot "$system" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root DEBIAN_FRONTEND=noninteractive "$@"; }
as_user() {
    chroot --userspec=tester:tester "$system" env -i PATH="/home/tester/.local/bin:/usr/bin:/bin" LC_ALL=C.UTF-8 \
        HOME=/home/tester USER=tester XDG_RUNTIME_DIR=/run/user/1000 DISPLAY="$display" sh -c "cd && $1"
}
offline() { unshare --net bash -c "$(declare -f as_user); system=$system display=$display; as_user \"\$1\"" offline "$1"; }

new_system() {
    if [ ! -e "$cache/$suite.tar" ]; then
        say "a clean system, by debootstrap"
        debootstrap --variant=minbase "$suite" "$system" http://deb.debian.org/debian >"$out/$suite-debootstrap.log"
        as_root sh -c "apt-get update -qq && apt-get install -y -qq --no-install-recommends $tools" >>"$out/$suite-debootstrap.log" 2>&1
        as_root useradd --create-home --uid 1000 tester
        as_root install -d -o tester -g tester -m 700 /run/user/1000
        as_root apt-get clean
        tar -C "$system" --one-file-system -cf "$cache/$suite.tar" .
    else
        mkdir "$system"
        tar -C "$system" -xf "$cache/$suite.tar"
    fi
    mkdir -p "$cache/$suite-debs" "$system/tmp/.X11-unix"
    # What earlier runs downloaded.
    cp "$cache/$suite-debs/"*.deb "$system/var/cache/apt/archives/" 2>/dev/null || true
    mount -t proc proc "$system/proc"
    mount -t sysfs -o ro sysfs "$system/sys"
    mount --rbind /dev "$system/dev"
    touch "$system/tmp/.X11-unix/X${display#:}"
    mount --bind "/tmp/.X11-unix/X${display#:}" "$system/tmp/.X11-unix/X${display#:}"
    as_root apt-get update -qq
}

# Every file of the system and every package, without what apt, dpkg and the system renew themselves.
snapshot() { # FILE
    find "$system" -xdev \( -path "$system/proc" -o -path "$system/sys" -o -path "$system/dev" -o -path "$system/run" \
        -o -path "$system/tmp" -o -path "$system/var/cache" -o -path "$system/var/lib/apt" -o -path "$system/var/lib/dpkg" \
        -o -path "$system/var/log" -o -path "$system/home" \) -prune -o -printf '%P %y %m\n' | sort >"$1"
    as_root dpkg-query -W -f '${Package} ${Version} ${Status}\n' >>"$1"
}

# Starts the window from an entry of the menu as a desktop does, with a picture; takes a screenshot.
window() { # NAME ENTRY PICTURE
    offline "gio launch '$2' '$3'" >"$out/$suite-$1-launch.txt" 2>&1 &
    for _ in $(seq 120); do
        xwininfo -display "$display" -root -tree | grep '"pentimento")' >/dev/null && break
        sleep 1
    done
    check "$1-window" '"pentimento"\)' xwininfo -display "$display" -root -tree
    # Long enough to examine the picture, on slow cores and a software driver.
    sleep 45
    ffmpeg -loglevel error -y -f x11grab -video_size 1280x820 -i "$display" -frames:v 1 "$out/$suite-$1.png"
    # Only processes of this script's own namespace are seen here.
    pkill -x pentimento || true
    wait $! || true
}

# What the program has to do, whichever way it came.
try_program() { # NAME PROGRAM DOCUMENTS
    check "$1-version" '^pentimento [0-9]' offline "$2 --version"
    check "$1-doctor" 'ok +in use: onnxruntime' offline "$2 doctor"
    check "$1-inspect" '"verdict":"traces-found"' offline "$2 inspect --json $3/examples/astronaut-forged.png"
    check "$1-validate" '' offline "$2 validate"
    check "$1-contents" '' offline "cd $4 && sha256sum --check --quiet $3/contents.txt"
}

# Man pages, completions, the entry of the menu, the file type: $1 is the name, $2 the folder share.
try_desktop() {
    check "$1-man" 'PENTIMENTO-INSPECT|pentimento-inspect' offline "man pentimento-inspect | head -20"
    check "$1-bash" '^inspect$' offline "bash -c '. /usr/share/bash-completion/bash_completion; _completion_loader pentimento
        COMP_WORDS=(pentimento insp); COMP_CWORD=1; _pentimento pentimento insp; printf \"%s\\n\" \"\${COMPREPLY[@]}\"'"
    check "$1-zsh" '_pentimento' offline "zsh -fc 'fpath+=($2/zsh/site-functions); autoload -U compinit; compinit -D -u; print \$_comps[pentimento]'"
    check "$1-fish" '^inspect' offline "fish -c 'complete -C \"pentimento insp\"'"
    check "$1-entry" '' offline "desktop-file-validate $2/applications/pentimento.desktop"
    check "$1-type" 'application/x-pentimento-case' offline "rm -f t.pentimento && $3 case new t.pentimento >/dev/null && gio info -a standard::content-type t.pentimento"
    # A copy without the ending is known by its bytes.
    check "$1-type-by-bytes" 'application/x-pentimento-case' offline "cp t.pentimento bytes && gio info -a standard::content-type bytes"
    check "$1-opens-cases" 'pentimento.desktop' offline "gio mime application/x-pentimento-case"
    offline "rm -f t.pentimento bytes"
}

try_suite() {
    system=$work/$suite
    new_system
    local folder documents needed
    say "$(basename "$archive") without any library of a desktop"
    cp "$archive" "$system/tmp/a.tar.gz"
    offline "tar xf /tmp/a.tar.gz"
    folder=$(offline "echo \$PWD/pentimento-*")
    documents=$folder/share/doc/pentimento
    try_program bare "$folder/bin/pentimento" "$documents" "$folder"
    check bare-window 'no window can be opened' offline "! $folder/bin/pentimento"
    offline "rm -rf pentimento-* .config .cache .local"

    say "what the .deb asks for"
    needed="$(dpkg-deb -f "$deb" Depends), $(dpkg-deb -f "$deb" Recommends)"
    check needed '' as_root apt-get satisfy -y "$needed"
    grep -E '^Need to get|newly installed' "$out/$suite-needed.txt" || true
    cp -n "$system"/var/cache/apt/archives/*.deb "$cache/$suite-debs/"
    snapshot "$work/before"
    say "$(basename "$deb") by apt"
    cp "$deb" "$system/tmp/"
    check deb-install ' 1 newly installed' as_root apt-get install -y "/tmp/$(basename "$deb")"
    documents=/usr/share/doc/pentimento
    try_program deb pentimento $documents /
    try_desktop deb /usr/share pentimento
    window deb /usr/share/applications/pentimento.desktop $documents/examples/astronaut-forged.png
    check deb-remove '' as_root apt-get purge -y pentimento
    snapshot "$work/after"
    check deb-left-nothing '' diff "$work/before" "$work/after"

    say "$(basename "$archive") in the home of a user"
    offline "rm -rf .config .cache .local && tar xf /tmp/a.tar.gz"
    documents=$folder/share/doc/pentimento
    try_program tar "$folder/bin/pentimento" "$documents" "$folder"
    check tar-menu '' offline "$folder/menu.sh add"
    try_desktop tar /home/tester/.local/share pentimento
    window tar /home/tester/.local/share/applications/pentimento.desktop "$documents/examples/astronaut-forged.png"
    check tar-menu-remove '' offline "$folder/menu.sh remove"
    # Empty folders, and the lists that the desktop's tools wrote, are the desktop's.
    check tar-left-nothing '' offline "! find .local -iname '*pentimento*' -not -type d | grep ."
    leave_system
    rm -rf --one-file-system "$system"
}

suite=host
exec 3>"$work/display"
Xvfb -displayfd 3 -screen 0 1280x820x24 -nolisten tcp >"$out/xvfb.log" 2>&1 &
until [ -s "$work/display" ]; do sleep 0.2; done
display=:$(cat "$work/display")
for suite in "${suites[@]}"; do
    try_suite
done
echo
echo "$n passed, 0 failed"
