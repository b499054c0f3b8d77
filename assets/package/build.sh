#!/usr/bin/env bash
# Makes the packages for Linux (x86_64): a .deb, and a tar.gz that runs from any folder.
#
#   bash assets/package/build.sh [--binary FILE] [--out FOLDER]
#
# Without --binary it builds the program first, with the cargo line below (half an hour on two cores).
# Run it on Debian 12, so that newer systems take the packages. It needs Rust, dpkg-dev, binutils and
# python3-pip, and cargo's and pip's package sources; the same inputs give the same bytes.
set -euo pipefail
export LC_ALL=C TZ=UTC
umask 022
root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/assets/package
features=gui,train,credentials,report-pdf
target=x86_64-unknown-linux-gnu
binary='' out=$root/target/package
while [ $# -gt 0 ]; do
    case $1 in
    --binary) binary=$2 ;;
    --out) out=$2 ;;
    *) echo "usage: $0 [--binary FILE] [--out FOLDER]" >&2; exit 1 ;;
    esac
    shift 2
done
cd "$root"
if [ -z "$binary" ]; then
    cargo build --release --locked --features "$features"
    binary=${CARGO_TARGET_DIR:-target}/release/pentimento
fi
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
# The time of all files: that of the last commit, or what is given.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
day=$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)
maintainer="${DEBFULLNAME:-The Pentimento contributors} <${DEBEMAIL:-pentimento@pentimento.invalid}>"
runtime=$root/third_party/onnxruntime
bash "$here/onnxruntime.sh" "$runtime"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
doc=$tree/share/doc/pentimento

# Copies files into a folder of the tree, with the rights that files have there.
put() { # FOLDER FILE…
    install -d "$tree/$1"
    install -m 644 -t "$tree/$1" "${@:2}"
}

# The program, its engine and its models, where src/infer/locate.rs and src/bundle/model_store.rs look.
install -D -m 755 "$binary" "$tree/bin/pentimento"
put lib/pentimento "$runtime"/libonnxruntime.so.*
for model in lae yunet facemesh; do
    put "share/pentimento/models/$model" models/$model/{card.toml,model.onnx}
done
put share/pentimento/models/yunet models/yunet/LICENSE
put share/pentimento/models/facemesh models/facemesh/LICENSE
# What a training on one's own masks starts from.
put share/pentimento/models/lae models/lae/plan.json
put share/pentimento/models/lae/checkpoint models/lae/checkpoint/*

# Desktop.
put share/applications "$here/share/pentimento.desktop"
put share/mime/packages "$here/share/pentimento.xml"
put share/metainfo "$here/share/pentimento.metainfo.xml"
sed -i "s/@VERSION@/$version/; s/@DATE@/$day/" "$tree/share/metainfo/pentimento.metainfo.xml"
for side in 16 24 32 48 64 128 256 512; do
    install -D -m 644 "assets/icons/pentimento-$side.png" \
        "$tree/share/icons/hicolor/${side}x$side/apps/pentimento.png"
done
put share/icons/hicolor/scalable/apps assets/icons/pentimento.svg

# Manual pages and completions, by the program itself.
"$tree/bin/pentimento" write-pages "$tree/share"
gzip -9n "$tree"/share/man/man1/*

# The manual and what it links to, in one folder; the window has it as well (F1).
put share/doc/pentimento/manual assets/manual/*.md models/NOTICES.md models/lae/{MODEL_CARD,RESULTS}.md
put share/doc/pentimento/manual/screenshots assets/screenshots/*.png
install -m 644 assets/trust/README.md "$doc/manual/trust.md"
sed -i -E 's#\]\((\.\./)+models/lae/#](#g; s#\]\((\.\./)+(models/)?NOTICES#](NOTICES#g
    s#\]\(\.\./trust/README\.md#](trust.md#g; s#\]\(\.\./screenshots/#](screenshots/#g' "$doc"/manual/*.md
put share/doc/pentimento/examples assets/samples/astronaut-forged.png assets/samples/astronaut.png
put share/doc/pentimento/cluster assets/cluster/*

# Licenses and the bill of materials.
put share/doc/pentimento LICENSE-MIT LICENSE-APACHE "$here/linux/copyright"
install -m 644 "$runtime/LICENSE" "$doc/onnxruntime-LICENSE"
install -m 644 "$runtime/ThirdPartyNotices.txt" "$doc/onnxruntime-ThirdPartyNotices.txt"
install -m 644 assets/fonts/LICENSE-DejaVu.txt "$doc/"
python3 "$here/bill.py" --root . --target "$target" --features "$features" \
    --binary "$tree/bin/pentimento" --runtime "$(echo "$tree"/lib/pentimento/*.so.*)" \
    --epoch "$SOURCE_DATE_EPOCH" --sbom "$doc/sbom.cdx.json" --licenses "$doc/licenses-of-crates.txt"
printf 'pentimento (%s) stable; urgency=medium\n\n  * Release %s.\n\n -- %s  %s\n' "$version" "$version" \
    "$maintainer" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n >"$doc/changelog.gz"
chmod -R u=rwX,go=rX "$tree"

# A list of all files below a folder, as sha256sum checks it.
list() { # FOLDER
    (cd "$1" && find . -type f ! -path ./DEBIAN/\* ! -name contents.txt -printf '%P\n' | sort \
        | xargs -d '\n' sha256sum)
}

mkdir -p "$out"

make_deb() {
    local deb=$work/deb folder=$work/shlibdeps needed
    install -d "$deb/DEBIAN"
    cp -a "$tree" "$deb/usr"
    mv "$deb/usr/share/zsh/site-functions" "$deb/usr/share/zsh/vendor-completions"
    list "$deb" >"$deb/usr/share/doc/pentimento/contents.txt"
    install -d "$folder/debian"
    echo 'Source: pentimento' >"$folder/debian/control"
    needed=$(cd "$folder" && dpkg-shlibdeps -O -e"$deb/usr/bin/pentimento" \
        -e"$(echo "$deb"/usr/lib/pentimento/*.so.*)" 2>/dev/null | sed 's/^shlibs:Depends=//')
    # The window loads these when it opens, so no tool sees them.
    needed="$needed, libx11-6, libx11-xcb1, libxcursor1, libxi6, libxkbcommon0, libxkbcommon-x11-0"
    needed="$needed, libwayland-client0, libwayland-egl1, libvulkan1, libegl1, libfontconfig1"
    cat >"$deb/DEBIAN/control" <<CONTROL
Package: pentimento
Version: $version
Architecture: amd64
Maintainer: $maintainer
Installed-Size: $(find "$deb/usr" -type f -printf '%s\n' | awk '{ sum += $1 } END { print int(sum / 1024) + 1 }')
Depends: $needed
Recommends: ffmpeg (>= 7:5.1), mesa-vulkan-drivers | vulkan-icd
Suggests: xdg-desktop-portal, fonts-noto-cjk
Section: graphics
Priority: optional
Description: finds where a face in a picture was forged
 Pentimento examines faces in pictures and videos. It shows whether it finds
 traces of forgery, where, and when. It is a window and a command line, runs on
 this computer alone, and needs no network.
 .
 A verdict is a hint to look closer, not a proof. The weights of the detector
 are for research and non-commercial use.
CONTROL
    (cd "$deb" && find usr -type f | sort | xargs -d '\n' md5sum) >"$deb/DEBIAN/md5sums"
    chmod 644 "$deb"/DEBIAN/*
    # One thread: the number of threads changes the bytes.
    dpkg-deb --root-owner-group --threads-max=1 -Zxz --build "$deb" "$out/pentimento_${version}_amd64.deb"
}

# The newest version of the C library that the program or its engine asks for.
glibc() {
    objdump -T "$tree/bin/pentimento" "$tree"/lib/pentimento/*.so.* \
        | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -V | tail -1
}

make_archive() {
    local name=pentimento-$version-linux-x86_64 folder
    folder=$work/$name
    cp -a "$tree" "$folder"
    rm "$folder/share/doc/pentimento/changelog.gz"
    sed "s/@VERSION@/$version/; s/@GLIBC@/$(glibc)/" "$here/linux/README.txt" >"$folder/README.txt"
    install -m 755 "$here/linux/menu.sh" "$folder/"
    list "$folder" >"$folder/share/doc/pentimento/contents.txt"
    tar -C "$work" --sort=name --format=gnu --owner=0 --group=0 --numeric-owner \
        --mtime="@$SOURCE_DATE_EPOCH" -cf - "$name" | gzip -9n >"$out/$name.tar.gz"
}

make_deb
make_archive
cp "$doc/sbom.cdx.json" "$out/"
(cd "$out" && sha256sum pentimento_*.deb pentimento-*.tar.gz sbom.cdx.json | tee SHA256SUMS)
