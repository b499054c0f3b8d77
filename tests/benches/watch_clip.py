"""What `pentimento inspect --json` does with one clip, the usual way in Python: OpenCV decodes and
resizes, onnxruntime runs the same two bundles, frame after frame. The face finder looks at every
frame in the size that Pentimento looks at. Called by watch_clip.rs; by hand:

    python3 tests/benches/watch_clip.py models CLIP

Prints one JSON object: frames read, faces examined, their mean score.
"""

import json
import pathlib
import sys
import tomllib

import cv2
import numpy as np

from inspect_photo import look, session


def main():
    models, clip = pathlib.Path(sys.argv[1]), sys.argv[2]
    card = tomllib.loads((models / "lae" / "card.toml").read_text())
    finder, lae = session(models / "yunet"), session(models / "lae")
    scale, c = card["input"]["crop_scale"], card["calibration"]
    capture = cv2.VideoCapture(clip)
    frames, scores = 0, []
    while True:
        read, picture = capture.read()
        if not read:
            break
        frames += 1
        h, w = picture.shape[:2]
        # 16 pixels for a face of 48, between 640 and 1280.
        side = min(max(h, w), max(640, min(1280, -(-max(h, w) * 16 // 48))))
        boxes, sure = look(finder, picture, side)
        kept = cv2.dnn.NMSBoxes([[float(v) for v in b] for b in boxes], sure, 0.6, 0.3)
        for i in np.array(kept).flatten():
            x, y, bw, bh = boxes[i]
            if max(bw, bh) < 48:
                continue
            crop_side = max(bw, bh) * scale
            cw, ch = min(crop_side, w), min(crop_side, h)
            cx = int(round(min(max(x + bw / 2 - cw / 2, 0), w - cw)))
            cy = int(round(min(max(y + bh / 2 - ch / 2, 0), h - ch)))
            crop = picture[cy:cy + int(ch), cx:cx + int(cw), ::-1]
            crop = cv2.resize(crop, (224, 224), interpolation=cv2.INTER_AREA).astype(np.float32)
            crop = ((crop - 127.5) / 127.5).transpose(2, 0, 1)[None]
            logit, *_ = lae.run(None, {"input": np.ascontiguousarray(crop)})
            scores.append(float(1 / (1 + np.exp(-(c["scale"] * logit[0] + c["offset"])))))
    mean = float(np.mean(scores)) if scores else None
    print(json.dumps({"frames": frames, "faces": len(scores), "mean_score": mean}))


if __name__ == "__main__":
    main()
