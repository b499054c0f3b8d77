"""What `pentimento inspect --json` does with one photo, the usual way in Python: OpenCV decodes and
resizes, onnxruntime runs the same two bundles. Called by inspect_photo.rs; by hand:

    python3 tests/benches/inspect_photo.py models PHOTO

Prints one JSON object: the faces' boxes and scores.
"""

import hashlib
import json
import pathlib
import sys
import tomllib

import cv2
import numpy as np
import onnxruntime as ort


def session(folder):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 2
    return ort.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])


def look(net, picture, longest):
    """Faces of one scale: boxes in picture pixels and confidences."""
    h, w = picture.shape[:2]
    scale = min(1.0, longest / max(h, w))
    small = cv2.resize(picture, (round(w * scale), round(h * scale)), interpolation=cv2.INTER_AREA)
    sh, sw = small.shape[:2]
    padded = np.zeros(((sh + 31) // 32 * 32, (sw + 31) // 32 * 32, 3), np.uint8)
    padded[:sh, :sw] = small
    outputs = net.run(None, {"input": padded.transpose(2, 0, 1)[None].astype(np.float32)})
    boxes, scores = [], []
    for out, stride in zip(outputs, (8, 16, 32)):
        out = out[0]
        sure = np.sqrt(1 / (1 + np.exp(-out[0])) / (1 + np.exp(-out[1])))
        ys, xs = np.nonzero(sure >= 0.6)
        for y, x in zip(ys, xs):
            cx, cy = (out[2, y, x] + x) * stride, (out[3, y, x] + y) * stride
            bw, bh = np.exp(out[4, y, x]) * stride, np.exp(out[5, y, x]) * stride
            boxes.append([(cx - bw / 2) / scale, (cy - bh / 2) / scale, bw / scale, bh / scale])
            scores.append(float(sure[y, x]))
    return boxes, scores


def main():
    models, photo = pathlib.Path(sys.argv[1]), sys.argv[2]
    card = tomllib.loads((models / "lae" / "card.toml").read_text())
    data = pathlib.Path(photo).read_bytes()
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    h, w = picture.shape[:2]
    finder, lae = session(models / "yunet"), session(models / "lae")
    boxes, scores = look(finder, picture, 640)
    if max(h, w) > 640:
        fine, fine_scores = look(finder, picture, 1280)
        boxes, scores = boxes + fine, scores + fine_scores
    faces = []
    kept = cv2.dnn.NMSBoxes([[float(v) for v in b] for b in boxes], scores, 0.6, 0.3)
    for i in np.array(kept).flatten():
        x, y, bw, bh = boxes[i]
        side = max(bw, bh) * card["input"]["crop_scale"]
        cw, ch = min(side, w), min(side, h)
        cx = int(round(min(max(x + bw / 2 - cw / 2, 0), w - cw)))
        cy = int(round(min(max(y + bh / 2 - ch / 2, 0), h - ch)))
        crop = picture[cy:cy + int(ch), cx:cx + int(cw), ::-1]
        crop = cv2.resize(crop, (224, 224), interpolation=cv2.INTER_AREA).astype(np.float32)
        crop = ((crop - 127.5) / 127.5).transpose(2, 0, 1)[None]
        logit, heat, *_ = lae.run(None, {"input": np.ascontiguousarray(crop)})
        c = card["calibration"]
        score = 1 / (1 + np.exp(-(c["scale"] * logit[0] + c["offset"])))
        faces.append({"box_px": [float(v) for v in boxes[i]], "score": float(score), "max": float(heat.max())})
    print(json.dumps({"sha256": hashlib.sha256(data).hexdigest(), "faces": faces}))


if __name__ == "__main__":
    main()
