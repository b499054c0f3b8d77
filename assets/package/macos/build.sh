#!/usr/bin/env bash
# Makes Pentimento.app and a disk image for macOS 14 and newer (Apple silicon): on a Mac with Rust and
# Python 3. Not run yet: no Mac was at hand. The app is signed ad hoc; to hand it on without a warning,
# set SIGN to the name of a certificate and notarize the image.
set -euo pipefail
cd "$(dirname "$0")/../../.."
features=gui,train,credentials,report-pdf
cargo build --release --locked --features "$features"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
app=target/package/macos/Pentimento.app
rm -rf target/package/macos
contents=$app/Contents
# src/infer/locate.rs looks into ../lib/pentimento, src/bundle/model_store.rs into ../share/pentimento.
mkdir -p "$contents"/{MacOS,Resources/manual,lib/pentimento,share/pentimento/models}
install -m 755 target/release/pentimento "$contents/MacOS/"
bash assets/package/onnxruntime.sh "$contents/lib/pentimento" macos-aarch64
mv "$contents"/lib/pentimento/*.txt "$contents/Resources/"
mv "$contents/lib/pentimento/LICENSE" "$contents/Resources/onnxruntime-LICENSE"
for model in lae yunet facemesh; do
    mkdir "$contents/share/pentimento/models/$model"
    cp models/$model/{card.toml,model.onnx} "$contents/share/pentimento/models/$model/"
done
cp models/yunet/LICENSE "$contents/share/pentimento/models/yunet/"
cp models/facemesh/LICENSE "$contents/share/pentimento/models/facemesh/"
cp -r models/lae/{plan.json,checkpoint} "$contents/share/pentimento/models/lae/"
cp assets/manual/*.md models/NOTICES.md models/lae/MODEL_CARD.md "$contents/Resources/manual/"
cp LICENSE-MIT LICENSE-APACHE "$contents/Resources/"
sed "s/@VERSION@/$version/" assets/package/macos/Info.plist >"$contents/Info.plist"
icons=target/package/macos/pentimento.iconset
mkdir "$icons"
for side in 16 32 128 256; do
    cp "assets/icons/pentimento-$side.png" "$icons/icon_${side}x$side.png"
    cp "assets/icons/pentimento-$((side * 2)).png" "$icons/icon_${side}x$side@2x.png"
done
iconutil --convert icns --output "$contents/Resources/pentimento.icns" "$icons"
python3 assets/package/bill.py --root . --target aarch64-apple-darwin --features "$features" \
    --binary "$contents/MacOS/pentimento" --runtime "$(echo "$contents"/lib/pentimento/*.dylib)" \
    --epoch "$(git log -1 --format=%ct)" --sbom "$contents/Resources/sbom.cdx.json" \
    --licenses "$contents/Resources/licenses-of-crates.txt"
codesign --force --sign "${SIGN:--}" "$contents"/lib/pentimento/*.dylib
codesign --force ${SIGN:+--options runtime} --sign "${SIGN:--}" "$app"
hdiutil create -volname Pentimento -srcfolder "$app" -ov "target/package/pentimento-$version-macos-arm64.dmg"
