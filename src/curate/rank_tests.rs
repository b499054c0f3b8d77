//! Ranking of made-up candidates: every strategy puts the picture first that it is for.

use super::*;
use crate::curate::{Blurred, Excitation, Signals};

fn signals(score: f32) -> Signals {
    Signals {
        model: "m".into(),
        score,
        middle: 0.5,
        margin: Some(score * 8.0 - 4.0),
        map_peak: score,
        map_area: score / 4.0,
        blurred: Some(Blurred { score, iou: 1.0 }),
        concepts: vec![Excitation { channel: 37, times: 1.0 }],
        hash: None,
    }
}

/// Eleven pictures, scores from 0 to 1; the embedding is the score.
fn eleven() -> Vec<Candidate> {
    (0..11)
        .map(|i| {
            let score = i as f32 / 10.0;
            Candidate {
                id: 100 + i,
                is_finished: false,
                source: Some(if i % 2 == 0 { "even".into() } else { "odd".into() }),
                signals: Some(signals(score)),
                embedding: vec![score, 1.0],
            }
        })
        .collect()
}

fn change(candidates: &mut [Candidate], i: usize, change: impl FnOnce(&mut Signals)) {
    change(candidates[i].signals.as_mut().unwrap());
}

fn ranked(candidates: &[Candidate], strategy: Strategy) -> Ranking {
    rank_candidates(candidates, strategy, Quotas::default(), 1, &TaskCtx::silent()).unwrap()
}

fn ids(ranking: &Ranking) -> Vec<i64> {
    ranking.ranked.iter().map(|r| r.id).collect()
}

#[test]
fn every_strategy_puts_its_picture_first_and_says_why() {
    let mut all = eleven();
    change(&mut all, 3, |s| s.concepts[0].times = 3.1);
    change(&mut all, 6, |s| s.blurred = Some(Blurred { score: 0.1, iou: 0.25 }));
    change(&mut all, 9, |s| s.map_area = 0.0);
    change(&mut all, 4, |s| s.margin = Some(-0.01));
    all[7].embedding = vec![0.7, 9.0];
    let expected = [
        (
            Strategy::Concept,
            103,
            "excites channel 37, the model's chief concept, 3.1 times its mean",
        ),
        (Strategy::Uncertainty, 105, "score 0.50, 0.00 from the middle of the thresholds"),
        (Strategy::Margin, 105, "its real half exceeds the forged one by 0.00 logits"),
        (
            Strategy::BlurConsistency,
            106,
            "under a slight blur its score falls from 0.60 to 0.10, and 25 % of the marked area is \
             the same",
        ),
        (
            Strategy::MapVersusScore,
            109,
            "its score of 0.90 is above 86 % of the pictures, its marked area of 0.0 % of the map \
             above 14 %",
        ),
        (Strategy::Score, 110, "score 1.00"),
    ];
    for (strategy, id, why) in expected {
        let ranking = ranked(&all, strategy);
        let first = &ranking.ranked[0];
        assert_eq!((first.id, first.why.as_str()), (id, why), "{strategy}");
        assert_eq!((ranking.ranked.len(), ranking.left_out.len()), (11, 0), "{strategy}");
        assert_eq!(ranked(&all, strategy), ranking, "{strategy}: the same again");
    }
    change(&mut all, 5, |s| s.margin = Some(2.0));
    assert_eq!(ranked(&all, Strategy::Margin).ranked[0].id, 104);
    let diverse = ranked(&all, Strategy::Diversity);
    assert!(diverse.ranked[0].why.contains("most typical"), "{:?}", diverse.ranked[0]);
    assert_eq!(diverse.ranked[1].id, 107, "the odd one out: {:?}", diverse.ranked);
    assert!(diverse.ranked[1].why.starts_with("unlike all before it"), "{:?}", diverse.ranked[1]);
}

#[test]
fn the_lot_depends_on_the_seed_and_not_on_the_company() {
    let all = eleven();
    let of = |candidates: &[Candidate], seed| {
        let quotas = Quotas::default();
        let ctx = TaskCtx::silent();
        ids(&rank_candidates(candidates, Strategy::Random, quotas, seed, &ctx).unwrap())
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
fn what_cannot_be_judged_is_left_out_with_the_reason() {
    let mut all = eleven();
    all[0].signals = None;
    change(&mut all, 1, |s| s.concepts.clear());
    change(&mut all, 2, |s| s.blurred = None);
    change(&mut all, 3, |s| s.model = "older".into());
    all[4].embedding.clear();
    change(&mut all, 5, |s| s.margin = None);
    let left = |strategy| {
        ranked(&all, strategy).left_out.iter().map(|l| (l.id, l.why)).collect::<Vec<_>>()
    };
    let no_face = (100, "no face of it was examined");
    let concept = left(Strategy::Concept);
    assert_eq!(concept[0], no_face);
    assert!(concept[1].0 == 101 && concept[1].1.contains("card names no concepts"), "{concept:?}");
    assert!(concept[2].0 == 103 && concept[2].1.contains("another model"), "{concept:?}");
    assert_eq!(concept.len(), 3);
    let of = |s| left(s).into_iter().map(|l| l.0).collect::<Vec<_>>();
    assert_eq!(of(Strategy::BlurConsistency), [100, 102]);
    assert_eq!(of(Strategy::Diversity), [100, 103, 104]);
    assert_eq!(of(Strategy::Margin), [100, 105]);
    assert_eq!(of(Strategy::Score), [100], "scores of two models are both probabilities");
    assert_eq!(left(Strategy::Random), [], "the lot needs no examination");
}

#[test]
fn repetitions_come_last_and_finished_pictures_count_as_seen() {
    let mut all = eleven();
    for (i, hash) in [(10, 0xff00), (9, 0xff01), (8, 0x00ff), (4, 0x00fe)] {
        change(&mut all, i, |s| s.hash = Some(hash));
    }
    let ranking = ranked(&all, Strategy::Score);
    assert_eq!(ids(&ranking)[..3], [110, 108, 107], "109 repeats 110");
    assert_eq!(ranking.ranked.last().map(|r| (r.id, r.repeats)), Some((109, Some(110))));
    assert_eq!(ranking.n_repeats, 1, "104 looks like 108 but is judged otherwise");
    let kept = Quotas { delays_repeats: false, ..Quotas::default() };
    let plain = rank_candidates(&all, Strategy::Score, kept, 1, &TaskCtx::silent()).unwrap();
    assert_eq!((ids(&plain)[1], plain.n_repeats), (109, 0));
    all[10].is_finished = true;
    let ranking = ranked(&all, Strategy::Score);
    assert_eq!(ids(&ranking)[0], 108, "a finished picture is not ranked");
    assert_eq!(ranking.ranked.last().map(|r| (r.id, r.repeats)), Some((109, Some(110))));
}

#[test]
fn sources_take_turns() {
    let mut all = eleven();
    let quotas = Quotas { per_source: NonZeroU32::new(2), ..Quotas::default() };
    let ranking = rank_candidates(&all, Strategy::Score, quotas, 1, &TaskCtx::silent()).unwrap();
    // Two of each, best first, then the next two of each; the last even one comes alone.
    assert_eq!(ids(&ranking), [110, 109, 108, 107, 106, 105, 104, 103, 102, 101, 100]);
    for candidate in &mut all[5..] {
        candidate.source = Some("even".into());
    }
    let ranking = rank_candidates(&all, Strategy::Score, quotas, 1, &TaskCtx::silent()).unwrap();
    assert_eq!(ids(&ranking)[..4], [110, 109, 103, 101], "the odd ones come before the third");
    assert_eq!(ranking.ranked[4].why, "score 0.80; 2 of even come before it");
    assert_eq!(ranking.n_waiting, 7);
    all[1].is_finished = true;
    all[2].source = None;
    let ranking = rank_candidates(&all, Strategy::Score, quotas, 1, &TaskCtx::silent()).unwrap();
    let said = ids(&ranking);
    assert_eq!(said[..4], [110, 109, 103, 102], "what has no source has no quota: {said:?}");
    assert_eq!(ranking.left_out, [], "nobody is dropped");
}
