"""Reads exports of Pentimento with the packages other people use, and writes data sets with them.

    roundtrip.py read FOLDER     FOLDER/pentimento is the truth; FOLDER/<format> are the exports
    roundtrip.py write FOLDER    writes FOLDER/theirs-<format> from FOLDER/pentimento

One JSON object a line on stdout. Masks are compared pixel by pixel on the stored grid; of polygons
the overlap (IoU) is told. Anything that is not as it should be ends the program with 1.
"""

import importlib.metadata
import json
import os
import shutil
import sys
import warnings

import numpy as np
from PIL import Image

warnings.filterwarnings("ignore")


def truth(folder):
    """stem -> (record, mask) by Pillow alone."""
    found = {}
    with open(os.path.join(folder, "manifest.jsonl"), encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            image = record["image"]
            stem = os.path.splitext(os.path.basename(image["file"]))[0]
            if record["mask"]:
                mask = np.array(Image.open(os.path.join(folder, record["mask"]["file"])))
                assert mask.dtype == np.uint8 and set(np.unique(mask)) <= {0, 255}, stem
                assert int((mask > 0).sum()) == record["mask"]["n_set"], stem
            else:
                mask = np.zeros((image["height_px"], image["width_px"]), np.uint8)
            assert mask.shape == (image["height_px"], image["width_px"]), stem
            # Pillow opens the stored grid: it turns nothing unasked.
            with Image.open(os.path.join(folder, image["file"])) as picture:
                assert picture.size == (image["width_px"], image["height_px"]), stem
            found[stem] = (record, mask > 0)
    return found


def label_of(record):
    if record["decision"] == "cannot-tell":
        return "cannot-tell"
    return record["kind"] or "forged"


def can_hold(record, mask, fmt):
    if record["decision"] != "cannot-tell":
        return True
    return {"yolo-seg": False, "voc": mask.any(), "coco-rle": mask.any(),
            "coco-polygons": mask.any()}.get(fmt, True)


class Found:
    """What a package sees of one picture."""

    def __init__(self, shape):
        self.mask = np.zeros(shape, bool)
        self.labels = set()

    def add(self, mask, label):
        mask = np.asarray(mask)
        assert mask.shape == self.mask.shape, (mask.shape, self.mask.shape)
        self.mask |= mask > 0
        self.labels.add(label)


def compare(fmt, package, found, known, exact):
    wanted = {s: rm for s, rm in known.items() if can_hold(*rm, fmt)}
    missing, extra = set(wanted) - set(found), set(found) - set(wanted)
    assert not missing and not extra, f"{fmt}: missing {missing}, not expected {extra}"
    overlaps, n_equal = [], 0
    for stem, (record, mask) in wanted.items():
        seen = found[stem]
        both, union = (seen.mask & mask).sum(), (seen.mask | mask).sum()
        overlap = both / union if union else 1.0
        overlaps.append(float(overlap))
        n_equal += bool((seen.mask == mask).all())
        if exact:
            assert (seen.mask == mask).all(), f"{fmt}: {stem}: {(seen.mask != mask).sum()} pixels"
        if mask.any():
            assert seen.labels == {label_of(record)}, f"{fmt}: {stem}: {seen.labels}"
        elif record["decision"] != "cannot-tell":
            assert not seen.labels, f"{fmt}: {stem}: {seen.labels}"
    print(json.dumps({
        "format": fmt, "package": package, "version": importlib.metadata.version(package),
        "n": len(wanted), "n_equal": n_equal, "least_iou": round(min(overlaps), 4),
        "mean_iou": round(float(np.mean(overlaps)), 4),
    }), flush=True)


def read_coco(folder, fmt, known):
    import contextlib

    from pycocotools.coco import COCO

    found = {}
    for split in ("train", "val", "test"):
        path = f"{folder}/annotations/instances_{split}.json"
        if not os.path.exists(path):
            continue
        with contextlib.redirect_stdout(sys.stderr):
            coco = COCO(path)
        for image in coco.imgs.values():
            seen = Found((image["height"], image["width"]))
            picture = f"{folder}/images/{split}/{image['file_name']}"
            assert Image.open(picture).size == (image["width"], image["height"]), picture
            for annotation in coco.loadAnns(coco.getAnnIds(imgIds=image["id"], iscrowd=None)):
                mask = coco.annToMask(annotation)
                label = coco.cats[annotation["category_id"]]["name"]
                seen.add(mask, label)
                if fmt == "coco-rle":
                    from pycocotools import mask as tools
                    rle = coco.annToRLE(annotation)
                    assert int(tools.area(rle)) == annotation["area"], "area"
                    assert tools.toBbox(rle).tolist() == annotation["bbox"], "bbox"
            found[os.path.splitext(image["file_name"])[0]] = seen
    compare(fmt, "pycocotools", found, known, exact=fmt == "coco-rle")


def read_datumaro(folder, fmt, plugin, known, exact=True):
    import datumaro as dm

    data = dm.Dataset.import_from(folder, plugin)
    names = data.categories()[dm.AnnotationType.label]
    found = {}
    for item in data:
        with Image.open(item.media.path) as picture:
            shape = picture.size[::-1]
        assert item.media.data.shape[:2] == shape or is_turned(item.media.path), item.id
        seen = Found(shape)
        for annotation in item.annotations:
            label = names[annotation.label].name if annotation.label is not None else None
            if annotation.type == dm.AnnotationType.mask:
                if label != "background":
                    seen.add(annotation.image, label)
            elif annotation.type == dm.AnnotationType.polygon:
                from datumaro.util.mask_tools import rles_to_mask
                seen.add(rles_to_mask([annotation.points], shape[1], shape[0]), label)
            elif annotation.type == dm.AnnotationType.label:
                assert label == "cannot-tell", label
        found[os.path.basename(item.id)] = seen
        split = {"train": "train", "val": "validation", "test": "test"}.get(item.subset)
        assert known[os.path.basename(item.id)][0]["split"] == split, item.id
    compare(fmt, "datumaro", found, known, exact)


def is_turned(path):
    """OpenCV, and so Datumaro, turns pictures by their EXIF rotation when pixels are decoded."""
    return Image.open(path).getexif().get(0x0112, 1) > 4


def brush_module():
    import contextlib

    # Parts of the package that are not needed want more packages, and say so.
    with contextlib.redirect_stdout(sys.stderr):
        from label_studio_sdk.converter import brush
    return brush


def read_label_studio(folder, fmt, known):
    brush = brush_module()
    from urllib.parse import parse_qs, urlparse

    found = {}
    for task in json.load(open(f"{folder}/tasks.json", encoding="utf-8")):
        path = parse_qs(urlparse(task["data"]["image"]).query)["d"][0]
        picture = os.path.join(os.path.dirname(folder), path)
        with Image.open(picture) as image:
            seen = Found((image.size[1], image.size[0]))
        (annotation,) = task["annotations"]
        flat = [{**r["value"], **{k: v for k, v in r.items() if k != "value"}}
                for r in annotation["result"]]
        for name, layer in brush.decode_from_annotation("mask", flat).items():
            seen.add(layer > 127, name[len("mask-"):-len("-0")])
        found[os.path.splitext(os.path.basename(picture))[0]] = seen
    compare(fmt, "label-studio-sdk", found, known, exact=True)


def read_voc(folder, fmt, known):
    labels = [line.split(":")[0] for line in open(f"{folder}/labelmap.txt") if line[0] != "#"]
    found = {}
    for split in ("train", "val", "test"):
        path = f"{folder}/ImageSets/Segmentation/{split}.txt"
        for stem in open(path, encoding="utf-8").read().splitlines() if os.path.exists(path) else []:
            with Image.open(f"{folder}/SegmentationClass/{stem}.png") as picture:
                assert picture.mode == "P", picture.mode
                index = np.array(picture)
            seen = Found(index.shape)
            for value in np.unique(index):
                if value:
                    seen.add(index == value, labels[value])
            found[stem] = seen
    compare(fmt, "pillow", found, known, exact=True)


def read_yolo(folder, fmt, known):
    import cv2
    import yaml
    from PIL import ImageDraw

    head = yaml.safe_load(open(f"{folder}/data.yaml", encoding="utf-8"))
    by_center, by_fill = {}, {}
    for split in ("train", "val", "test"):
        if split not in head:
            continue
        for name in os.listdir(f"{folder}/{head[split]}"):
            stem = os.path.splitext(name)[0]
            w, h = Image.open(f"{folder}/{head[split]}/{name}").size
            centers, fill = Found((h, w)), Found((h, w))
            for line in open(f"{folder}/labels/{split}/{stem}.txt"):
                words = line.split()
                label = head["names"][int(words[0])]
                points = np.array(words[1:], float).reshape(-1, 2) * (w, h)
                assert (points >= 0).all() and (points <= (w, h)).all(), stem
                # Eight times finer: a pixel counts when its center lies inside.
                canvas = Image.new("1", (w * 8, h * 8))
                ImageDraw.Draw(canvas).polygon([tuple(p) for p in points * 8 - 0.5], fill=1)
                centers.add(np.array(canvas)[4::8, 4::8], label)
                # As ultralytics does it: OpenCV, corners cut down to whole pixels.
                canvas = np.zeros((h, w), np.uint8)
                cv2.fillPoly(canvas, [points.astype(np.int32)], 1)
                fill.add(canvas, label)
            by_center[stem], by_fill[stem] = centers, fill
    compare(fmt, "pillow", by_center, known, exact=False)
    compare(fmt, "opencv-python-headless", by_fill, known, exact=False)


def read(folder):
    known = truth(f"{folder}/pentimento")
    read_coco(f"{folder}/coco-rle", "coco-rle", known)
    read_coco(f"{folder}/coco-polygons", "coco-polygons", known)
    read_datumaro(f"{folder}/datumaro", "datumaro", "datumaro", known)
    read_datumaro(f"{folder}/cvat", "cvat", "cvat", known)
    read_datumaro(f"{folder}/coco-rle", "coco-rle", "coco_instances", known)
    read_datumaro(f"{folder}/coco-polygons", "coco-polygons", "coco_instances", known, exact=False)
    read_label_studio(f"{folder}/label-studio", "label-studio", known)
    read_voc(f"{folder}/voc", "voc", known)
    read_datumaro(f"{folder}/voc", "voc", "voc_segmentation", known)
    read_yolo(f"{folder}/yolo-seg", "yolo-seg", known)


SUBSETS = {"train": "train", "validation": "val", "test": "test"}
LABELS = ["forged", "swap", "inpainting", "attribute", "other", "cannot-tell"]


def write_datumaro(folder, known):
    import datumaro as dm
    from datumaro.components.annotation import Label, Mask

    items = []
    for stem, (record, mask) in known.items():
        path = f"{folder}/pentimento/{record['image']['file']}"
        if is_turned(path):
            continue
        label = LABELS.index(label_of(record))
        annotations = [Mask(mask.astype(np.uint8), label=label, id=1, group=1)] if mask.any() else []
        items.append(dm.DatasetItem(id=stem, subset=SUBSETS[record["split"]], annotations=annotations,
                                    media=dm.Image.from_file(path=path)))
    data = dm.Dataset.from_iterable(items, categories=LABELS)
    for plugin, fmt in [("datumaro", "datumaro"), ("coco_instances", "coco-rle"), ("cvat", "cvat"),
                        ("voc_segmentation", "voc")]:
        data.export(f"{folder}/theirs-{fmt}", plugin, save_media=True)
        print(json.dumps({"wrote": fmt, "package": "datumaro", "n": len(items)}), flush=True)


def put_beside(target, path):
    """Copies a picture to the folder `images` of a set: its recorded path leads out of the set."""
    os.makedirs(f"{target}/images", exist_ok=True)
    shutil.copy(path, f"{target}/images")


def write_coco(folder, known):
    from pycocotools import mask as tools

    target = f"{folder}/theirs-pycocotools"
    os.makedirs(target)
    images, annotations = [], []
    for i, (stem, (record, mask)) in enumerate(known.items()):
        height, width = mask.shape
        name = f"{folder}/pentimento/{record['image']['file']}"
        put_beside(target, name)
        images.append({"id": i, "file_name": name, "width": width, "height": height})
        if not mask.any():
            continue
        rle = tools.encode(np.asfortranarray(mask.astype(np.uint8)))
        rle["counts"] = rle["counts"].decode("ascii")
        annotations.append({"id": i, "image_id": i, "category_id": 1 + LABELS.index(label_of(record)),
                            "segmentation": rle, "area": int(mask.sum()), "iscrowd": 0,
                            "bbox": [0, 0, width, height]})
    categories = [{"id": i + 1, "name": name} for i, name in enumerate(LABELS)]
    with open(f"{target}/instances_train.json", "w", encoding="utf-8") as file:
        json.dump({"images": images, "annotations": annotations, "categories": categories}, file)
    print(json.dumps({"wrote": "coco-rle", "package": "pycocotools", "n": len(images)}), flush=True)


def write_label_studio(folder, known):
    brush = brush_module()

    target = f"{folder}/theirs-label-studio"
    os.makedirs(target)
    tasks = []
    for stem, (record, mask) in known.items():
        height, width = mask.shape
        result = []
        if mask.any():
            rle = brush.mask2rle(mask.astype(np.uint8) * 255)
            result.append({"type": "brushlabels", "from_name": "tag", "to_name": "image",
                           "original_width": width, "original_height": height, "image_rotation": 0,
                           "value": {"format": "rle", "rle": [int(v) for v in rle],
                                     "brushlabels": [label_of(record)]}})
        path = f"{folder}/pentimento/{record['image']['file']}"
        put_beside(target, path)
        tasks.append({"data": {"image": path},
                      "annotations": [{"result": result, "completed_by": 7, "lead_time": 12.5}]})
    with open(f"{target}/export.json", "w", encoding="utf-8") as file:
        json.dump(tasks, file)
    print(json.dumps({"wrote": "label-studio", "package": "label-studio-sdk", "n": len(tasks)}), flush=True)


def write(folder):
    known = truth(f"{folder}/pentimento")
    write_coco(folder, known)
    write_label_studio(folder, known)
    write_datumaro(folder, known)


if __name__ == "__main__":
    {"read": read, "write": write}[sys.argv[1]](os.path.abspath(sys.argv[2]))
