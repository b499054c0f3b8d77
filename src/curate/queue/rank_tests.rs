//! Ranking of made-up candidates: each strategy puts the picture first that it is for.

use super::*;
use crate::curate::{BlurredCopy, Excitation, Signals};

fn signals(score: f32) -> Signals {
    Signals {
        model: "m".into(),
        score,
        middle: 0.5,
        margin: Some(score * 8.0 - 4.0),
        map_peak: score,
        map_area: score / 4.0,
        blurred: Some(BlurredCopy { score, iou: 1.0 }),
        concepts: vec![Excitation { channel: 37, times: 1.0 }],
        hash: None,
    }
}

/// Eleven pictures, scores from 0 to 1.
fn eleven() -> Vec<Candidate> {
    (0..11)
        .map(|i| {
            let score = i as f32 / 10.0;
            Candidate {
                id: 100 + i,
                is_finished: false,
                source: Some(if i % 2 == 0 { "even".into() } else { "odd".into() }),
                signals: Some(signals(score)),
            }
        })
        .collect()
}

fn change(candidates: &mut [Candidate], i: usize, change: impl FnOnce(&mut Signals)) {
    change(candidates[i].signals.as_mut().unwrap());
}

fn ranked(candidates: &[Candidate], strategy: QueueStrategy) -> Ranking {
    rank_candidates(candidates, strategy, Quotas::default(), 1, &TaskCtx::silent()).unwrap()
}

fn ids(ranking: &Ranking) -> Vec<i64> {
    ranking.ranked.iter().map(|r| r.id).collect()
}

#[test]
fn every_strategy_puts_its_picture_first_and_says_why() {
    let mut all = eleven();
    change(&mut all, 3, |s| s.concepts[0].times = 3.1);
    change(&mut all, 6, |s| s.blurred = Some(BlurredCopy { score: 0.1, iou: 0.25 }));
    let expected = [
        (
            QueueStrategy::Concept,
            103,
            "shows 3.1 times as much as usual of what the detector learned forgeries by (channel 37)",
        ),
        (QueueStrategy::Uncertainty, 105, "score 0.50, 0.00 from the middle of the thresholds"),
        (
            QueueStrategy::BlurConsistency,
            106,
            "under a slight blur its score falls from 0.60 to 0.10, and 25 % of the marked area is \
             the same",
        ),
        (QueueStrategy::Score, 110, "score 1.00"),
    ];
    for (strategy, id, why) in expected {
        let ranking = ranked(&all, strategy);
        let first = &ranking.ranked[0];
        assert_eq!((first.id, first.why.as_str()), (id, why), "{strategy}");
        assert_eq!((ranking.ranked.len(), ranking.unranked.len()), (11, 0), "{strategy}");
        assert_eq!(ranked(&all, strategy), ranking, "{strategy}: the same again");
    }
}

#[test]
fn the_random_order_depends_on_the_seed_and_not_on_other_items() {
    let all = eleven();
    let of = |candidates: &[Candidate], seed| {
        let quotas = Quotas::default();
        let ctx = TaskCtx::silent();
        ids(&rank_candidates(candidates, QueueStrategy::Random, quotas, seed, &ctx).unwrap())
    };
    assert_ne!(of(&all, 1), of(&all, 2));
    let mut few = of(&all, 1);
    few.retain(|id| *id < 107);
    assert_eq!(of(&all[..7], 1), few, "more pictures do not reshuffle the others");
    let mut sorted = of(&all, 1);
    assert_ne!(sorted, (100..111).collect::<Vec<_>>());
    sorted.sort_unstable();
    assert_eq!(sorted, (100..111).collect::<Vec<_>>());
}

#[test]
fn what_has_no_value_stays_unranked_with_the_reason() {
    let mut all = eleven();
    all[0].signals = None;
    change(&mut all, 1, |s| s.concepts.clear());
    change(&mut all, 2, |s| s.blurred = None);
    change(&mut all, 3, |s| s.model = "older".into());
    let left = |strategy| {
        ranked(&all, strategy).unranked.iter().map(|l| (l.id, l.why)).collect::<Vec<_>>()
    };
    let no_face = (100, "no face of it was examined, or a scan elsewhere examined it");
    let concept = left(QueueStrategy::Concept);
    assert_eq!(concept[0], no_face);
    assert!(concept[1].0 == 101 && concept[1].1.contains("card names no concepts"), "{concept:?}");
    assert!(concept[2].0 == 103 && concept[2].1.contains("another model"), "{concept:?}");
    assert_eq!(concept.len(), 3);
    let of = |s| left(s).into_iter().map(|l| l.0).collect::<Vec<_>>();
    assert_eq!(of(QueueStrategy::BlurConsistency), [100, 102]);
    assert_eq!(of(QueueStrategy::Score), [100], "scores of two models are both probabilities");
    assert_eq!(left(QueueStrategy::Random), [], "random order needs no examination");
}

#[test]
fn near_duplicates_come_last_also_those_of_finished_pictures() {
    let mut all = eleven();
    for (i, hash) in [(10, 0xff00), (9, 0xff01), (8, 0x00ff), (4, 0x00fe)] {
        change(&mut all, i, |s| s.hash = Some(hash));
    }
    let ranking = ranked(&all, QueueStrategy::Score);
    assert_eq!(ids(&ranking)[..3], [110, 108, 107], "109 is a near-duplicate of 110");
    assert_eq!(ranking.ranked.last().map(|r| (r.id, r.duplicate_of)), Some((109, Some(110))));
    assert_eq!(ranking.n_duplicates, 1, "104 looks like 108 but is judged otherwise");
    let kept = Quotas { duplicates_last: false, ..Quotas::default() };
    let plain = rank_candidates(&all, QueueStrategy::Score, kept, 1, &TaskCtx::silent()).unwrap();
    assert_eq!((ids(&plain)[1], plain.n_duplicates), (109, 0));
    all[10].is_finished = true;
    let ranking = ranked(&all, QueueStrategy::Score);
    assert_eq!(ids(&ranking)[0], 108, "a finished picture is not ranked");
    assert_eq!(ranking.ranked.last().map(|r| (r.id, r.duplicate_of)), Some((109, Some(110))));
}

#[test]
fn sources_take_turns() {
    let mut all = eleven();
    let quotas = Quotas { per_source: NonZeroU32::new(2), ..Quotas::default() };
    let ranking =
        rank_candidates(&all, QueueStrategy::Score, quotas, 1, &TaskCtx::silent()).unwrap();
    // Two of each, best first, then the next two of each; the last even one comes alone.
    assert_eq!(ids(&ranking), [110, 109, 108, 107, 106, 105, 104, 103, 102, 101, 100]);
    for candidate in &mut all[5..] {
        candidate.source = Some("even".into());
    }
    let ranking =
        rank_candidates(&all, QueueStrategy::Score, quotas, 1, &TaskCtx::silent()).unwrap();
    assert_eq!(ids(&ranking)[..4], [110, 109, 103, 101], "the odd ones come before the third");
    assert_eq!(ranking.ranked[4].why, "score 0.80; 2 of even come before it");
    assert_eq!(ranking.n_later_round, 7);
    all[1].is_finished = true;
    all[2].source = None;
    let ranking =
        rank_candidates(&all, QueueStrategy::Score, quotas, 1, &TaskCtx::silent()).unwrap();
    let order = ids(&ranking);
    assert_eq!(order[..4], [110, 109, 103, 102], "what has no source has no quota: {order:?}");
    assert_eq!(ranking.unranked, [], "nobody is dropped");
}
