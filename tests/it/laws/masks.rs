//! The algebra of masks, patches, and undo.
#![expect(
    clippy::redundant_clone,
    reason = "prop_assert_eq! takes its values, and the lint does not see their later use"
)]

use pentimento::annotate::{Agreement, Change, History, Mask, Patch, Region};
use proptest::array::{uniform2, uniform3};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{filled, mask_sized, patched, size};

fn union(a: &Mask, b: &Mask) -> Mask {
    patched(a, &Patch::new(a, &Region::whole(b.clone()), Change::Add))
}

fn difference(a: &Mask, b: &Mask) -> Mask {
    patched(a, &Patch::new(a, &Region::whole(b.clone()), Change::TakeAway))
}

fn intersection(a: &Mask, b: &Mask) -> Mask {
    difference(a, &b.inverted())
}

fn pixels(mask: &Mask) -> Vec<bool> {
    mask.to_bytes().iter().map(|v| *v > 0).collect()
}

proptest! {
    #[test]
    fn a_mask_is_its_bytes(mask in size().prop_flat_map(mask_sized)) {
        let (w, h, values) = (mask.width_px(), mask.height_px(), mask.to_bytes());
        prop_assert_eq!(Mask::from_bytes(w, h, &values), Some(mask.clone()));
        prop_assert!(Mask::from_bytes(w, h, &values[1..]).is_none(), "a byte is missing");
        prop_assert_eq!(mask.count(), values.iter().filter(|v| **v > 0).count() as u64);
        prop_assert_eq!(filled(w, h, |x, y| mask.get(x, y)), mask.clone());
        prop_assert!(!mask.get(w, 0) && !mask.get(0, h), "nothing outside");
        for y in 0..h {
            let columns: Vec<u32> = mask.runs(y).flatten().collect();
            let expected: Vec<u32> = (0..w).filter(|x| mask.get(*x, y)).collect();
            prop_assert_eq!(columns, expected, "row {}", y);
        }
        let xs = || (0..w).filter(|x| (0..h).any(|y| mask.get(*x, y)));
        let ys = || (0..h).filter(|y| (0..w).any(|x| mask.get(x, *y)));
        let edges = xs().next().map(|x0| {
            (x0, xs().next_back().unwrap() + 1, ys().next().unwrap(), ys().next_back().unwrap() + 1)
        });
        prop_assert_eq!(mask.bounds().map(|b| (b.x0, b.x1, b.y0, b.y1)), edges);
    }

    #[test]
    fn union_intersection_and_inversion_are_a_boolean_algebra(
        [a, b, c] in size().prop_flat_map(|size| uniform3(mask_sized(size)))
    ) {
        let all = u64::from(a.width_px()) * u64::from(a.height_px());
        prop_assert_eq!(a.inverted().inverted(), a.clone());
        prop_assert_eq!(a.inverted().count() + a.count(), all, "no bits beyond the width");
        prop_assert_eq!(union(&a, &a), a.clone());
        prop_assert_eq!(union(&a, &b), union(&b, &a));
        prop_assert_eq!(union(&union(&a, &b), &c), union(&a, &union(&b, &c)));
        let distributed = union(&intersection(&a, &b), &intersection(&a, &c));
        prop_assert_eq!(intersection(&a, &union(&b, &c)), distributed);
        let de_morgan = intersection(&a.inverted(), &b.inverted());
        prop_assert_eq!(union(&a, &b).inverted(), de_morgan);
        prop_assert_eq!(union(&difference(&a, &b), &intersection(&a, &b)), a.clone());
        prop_assert!(intersection(&a, &a.inverted()).is_empty());
        prop_assert_eq!(union(&a, &a.inverted()).count(), all);
        let both = intersection(&a, &b).count();
        prop_assert_eq!(union(&a, &b).count() + both, a.count() + b.count());
        let agreement = Agreement::between(&a, &b);
        prop_assert_eq!(agreement.both, both);
        prop_assert_eq!(agreement.only_first, difference(&a, &b).count());
        prop_assert_eq!(agreement.only_second, difference(&b, &a).count());
        // Against the pixels themselves: the laws alone would hold for swapped operations, too.
        let (pa, pb) = (pixels(&a), pixels(&b));
        let joined: Vec<bool> = pa.iter().zip(&pb).map(|(a, b)| a | b).collect();
        prop_assert_eq!(pixels(&union(&a, &b)), joined);
    }

    #[test]
    fn regions_join_like_masks([a, b] in size().prop_flat_map(|size| uniform2(mask_sized(size)))) {
        let joined = Region::whole(a.clone()).union(&Region::whole(b.clone()));
        let (w, h) = (a.width_px(), a.height_px());
        prop_assert_eq!(filled(w, h, |x, y| joined.contains(x, y)), union(&a, &b));
        prop_assert_eq!(joined.count(), union(&a, &b).count());
    }

    #[test]
    fn a_patch_leads_there_and_back(
        [a, b] in size().prop_flat_map(|size| uniform2(mask_sized(size)))
    ) {
        let patch = Patch::between(&a, &b);
        prop_assert_eq!(patched(&a, &patch), b.clone());
        prop_assert_eq!(patched(&b, &patch), a.clone());
        let changed = union(&difference(&a, &b), &difference(&b, &a));
        prop_assert_eq!(patch.n_pixels(), changed.count());
        prop_assert_eq!(patch.bounds(), changed.bounds());
        let n_bits = a.words().len() * 4;
        prop_assert!(patch.bytes() <= n_bits + size_of::<Patch>(), "no larger than the bits");
    }

    #[test]
    fn merged_patches_do_what_they_do_in_turn(
        way in size().prop_flat_map(|size| vec(mask_sized(size), 1..6))
    ) {
        let steps: Vec<Patch> = way.windows(2).map(|w| Patch::between(&w[0], &w[1])).collect();
        let (first, last) = (&way[0], &way[way.len() - 1]);
        let merged = Patch::merged(&steps, first.width_px(), first.height_px());
        prop_assert_eq!(patched(first, &merged), last.clone());
        prop_assert_eq!(patched(last, &merged), first.clone(), "undone as one step");
        prop_assert_eq!(merged.n_pixels(), Patch::between(first, last).n_pixels());
    }
}

#[derive(Debug, Clone)]
enum Action {
    Paint(Mask),
    /// Puts another step in the place of the newest one.
    Replace(Mask),
    /// Puts a step that changes nothing in the place of the newest one.
    ReplaceByNothing,
    Undo,
    Redo,
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let action = |size| {
        prop_oneof![
            3 => mask_sized(size).prop_map(Action::Paint),
            1 => mask_sized(size).prop_map(Action::Replace),
            1 => Just(Action::ReplaceByNothing),
            2 => Just(Action::Undo),
            2 => Just(Action::Redo),
        ]
    };
    size().prop_flat_map(move |size| {
        // The first one is a step, so that every action has the size.
        (mask_sized(size).prop_map(Action::Paint), vec(action(size), 0..24))
            .prop_map(|(first, rest)| std::iter::once(first).chain(rest).collect())
    })
}

proptest! {
    /// The model: a list of all states and the place of the present one in it.
    #[test]
    fn a_history_is_a_list_of_states(actions in actions()) {
        let Action::Paint(first) = &actions[0] else { unreachable!("the first is a step") };
        let mut mask = Mask::new(first.width_px(), first.height_px());
        let mut history = History::new(1 << 20);
        let (mut states, mut now) = (vec![mask.clone()], 0);
        for action in actions {
            match action {
                Action::Paint(next) => {
                    let patch = Patch::between(&mask, &next);
                    patch.apply(&mut mask);
                    history.push(patch);
                    states.truncate(now + 1);
                    states.push(next);
                    now += 1;
                }
                Action::Replace(_) | Action::ReplaceByNothing => {
                    let before = history.before_newest(&mask);
                    prop_assert_eq!(before.as_ref(), now.checked_sub(1).map(|i| &states[i]));
                    if let Some(before) = before {
                        let next = if let Action::Replace(next) = action { next } else { before.clone() };
                        history.replace_newest(&mut mask, Patch::between(&before, &next));
                        states.truncate(now);
                        states.push(next);
                    }
                }
                Action::Undo => {
                    let done = history.n_done();
                    history.undo(&mut mask);
                    prop_assert_eq!(history.n_done(), done.saturating_sub(1));
                    now = now.saturating_sub(1);
                }
                Action::Redo => {
                    history.redo(&mut mask);
                    now = (now + 1).min(states.len() - 1);
                }
            }
            prop_assert_eq!(&mask, &states[now]);
            prop_assert_eq!((history.n_done(), history.n_undone()), (now, states.len() - 1 - now));
            let steps = states.windows(2).map(|pair| Patch::between(&pair[0], &pair[1]));
            prop_assert_eq!(history.bytes(), steps.map(|step| step.bytes()).sum::<usize>());
        }
    }
}
