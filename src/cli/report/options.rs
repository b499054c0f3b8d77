//! The options of an examination as a report keeps them, to repeat it.

use serde_json::{Value, json};

use crate::base::Rect;
use crate::pipeline::video::VideoPlan;
use crate::pipeline::{MIN_FACE_PX, Plan};

/// How files are examined.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ExamineOptions {
    pub(super) plan: Plan,
    /// Only some frames of a clip, spread over it.
    pub(super) is_quick: bool,
    /// Faces of pictures are examined again on worse copies.
    pub(super) tries_worse: bool,
}

impl ExamineOptions {
    /// The plan for a clip.
    pub(super) fn video_plan(&self) -> VideoPlan {
        VideoPlan {
            is_quick: self.is_quick,
            keeps_maps: true,
            plan: self.plan.clone(),
            ..VideoPlan::default()
        }
    }

    /// The keys are those that a case stores.
    pub(super) fn to_json(&self) -> Value {
        let regions: Vec<[f32; 4]> =
            self.plan.regions.iter().map(|r| [r.x, r.y, r.w, r.h]).collect();
        json!({
            "find_faces": self.plan.find_faces,
            "min_face_px": self.plan.min_face_px,
            "regions": regions,
            "every_frame": !self.is_quick,
            "robustness": self.tries_worse,
        })
    }

    /// From the options of a report. What is missing or makes no sense has its default.
    pub(super) fn from_json(value: &Value) -> Self {
        let region = |r: &Value| {
            let [x, y, w, h]: [f32; 4] = serde_json::from_value(r.clone()).ok()?;
            (w > 0.0 && h > 0.0).then(|| Rect::new(x, y, w, h))
        };
        let regions = value["regions"].as_array().map_or(&[][..], Vec::as_slice);
        let min_face_px = value["min_face_px"].as_f64().filter(|px| px.is_finite() && *px >= 1.0);
        Self {
            plan: Plan {
                find_faces: value["find_faces"].as_bool().unwrap_or(true),
                min_face_px: min_face_px.map_or(MIN_FACE_PX, |px| px as f32),
                regions: regions.iter().filter_map(region).collect(),
                ..Plan::default()
            },
            is_quick: !value["every_frame"].as_bool().unwrap_or(true),
            tries_worse: value["robustness"].as_bool().unwrap_or(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_come_back_and_nonsense_is_the_default() {
        let options = ExamineOptions {
            plan: Plan {
                find_faces: false,
                min_face_px: 60.5,
                regions: vec![Rect::new(1.0, 2.5, 30.0, 40.0)],
                ..Plan::default()
            },
            is_quick: true,
            tries_worse: true,
        };
        assert_eq!(ExamineOptions::from_json(&options.to_json()), options);
        let odd =
            json!({"min_face_px": "x", "regions": [[1, 2], [0, 0, -1, 5], 7], "every_frame": 1});
        let defaults =
            ExamineOptions { plan: Plan::default(), is_quick: false, tries_worse: false };
        assert_eq!(ExamineOptions::from_json(&odd), defaults);
        assert_eq!(ExamineOptions::from_json(&Value::Null), defaults);
    }
}
