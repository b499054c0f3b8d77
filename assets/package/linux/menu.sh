#!/bin/sh
# Puts this folder's Pentimento into the menu of your user, or takes it out again. Nothing is copied but
# small files: the program stays here. Run it again after you moved the folder.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
case $here in
*[\"\`\$\\%\|\&]*)
    echo "the entry of a menu cannot hold this path: $here; rename the folder" >&2
    exit 1 ;;
esac
share=${XDG_DATA_HOME:-$HOME/.local/share}
bin=$HOME/.local/bin

# Folders below share whose files are linked; the entry of the menu is written, as it names the program.
linked="icons/hicolor metainfo mime/packages man/man1 bash-completion/completions zsh/site-functions fish/vendor_completions.d"

files() {
    for folder in $linked; do
        (cd "$here/share" && find "$folder" -type f)
    done
}

refresh() {
    for tool in "update-desktop-database $share/applications" "update-mime-database $share/mime"; do
        # Systems without these tools have no list to renew.
        if command -v "${tool%% *}" >/dev/null; then $tool; fi
    done
}

case ${1:-} in
add)
    files | while read -r file; do
        mkdir -p "$share/${file%/*}"
        ln -sfn "$here/share/$file" "$share/$file"
    done
    mkdir -p "$bin" "$share/applications"
    ln -sfn "$here/bin/pentimento" "$bin/pentimento"
    sed -e "s|^Exec=pentimento|Exec=\"$here/bin/pentimento\"|" -e '/^TryExec=/d' \
        "$here/share/applications/pentimento.desktop" >"$share/applications/pentimento.desktop"
    refresh
    case :$PATH: in
    *:"$bin":*) ;;
    *) echo "In a terminal, start $bin/pentimento, or log in again: $bin is not on your PATH." ;;
    esac
    echo "Pentimento is in your menu. To take it out: $here/menu.sh remove" ;;
remove)
    files | while read -r file; do
        if [ -L "$share/$file" ]; then rm "$share/$file"; fi
    done
    if [ -L "$bin/pentimento" ]; then rm "$bin/pentimento"; fi
    rm -f "$share/applications/pentimento.desktop"
    refresh
    echo "Pentimento is out of your menu. You can delete $here" ;;
*)
    echo "usage: $0 add|remove" >&2
    exit 1 ;;
esac
