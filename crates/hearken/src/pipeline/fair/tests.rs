#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;

/// Serves the next lane with a piece of this cost; the lane has more to do afterwards.
fn serve(fair: &mut Fair, cost: usize) -> LaneId {
    let lane = fair.next().unwrap();
    fair.charge(lane, cost);
    fair.wakes(lane);
    lane
}

fn busy(shares: &[u32]) -> Fair {
    let mut fair = Fair::default();
    for (id, share) in (0..).zip(shares) {
        fair.join(id, *share);
        fair.wakes(id);
    }
    fair
}

#[test]
fn lanes_with_work_share_as_they_are_told() {
    let mut fair = busy(&[1, 2, 4]);
    let mut served = [0; 3];
    for _ in 0..700 {
        served[serve(&mut fair, 1_000) as usize] += 1;
    }
    assert_eq!(served, [100, 200, 400]);
}

#[test]
fn a_lane_that_wakes_is_next_but_is_not_paid_for_its_sleep() {
    let mut fair = busy(&[1]);
    fair.join(1, 1);
    for _ in 0..1_000 {
        assert_eq!(serve(&mut fair, 64), 0);
    }
    fair.wakes(1);
    let order: Vec<LaneId> = (0..8).map(|_| serve(&mut fair, 64)).collect();
    assert_eq!(order.iter().filter(|lane| **lane == 1).count(), 4, "{order:?}");
    assert!(order[..2].contains(&1), "{order:?}");
}

#[test]
fn who_has_nothing_to_do_costs_nobody_a_turn() {
    let mut fair = busy(&[1, 1]);
    fair.rests(0);
    assert_eq!((serve(&mut fair, 9), serve(&mut fair, 9)), (1, 1));
    fair.leave(1);
    assert_eq!((fair.next(), fair.any_ready()), (None, false));
    fair.wakes(1);
    assert_eq!(fair.next(), None, "a lane that has left");
}

/// What happens: a lane gets something to do, or the next one is served, with a cost.
fn steps(lanes: u64) -> impl Strategy<Value = Vec<(u64, usize)>> {
    prop::collection::vec((0..lanes * 2, 1..=100_usize), 1..400)
}

proptest! {
    /// However costs fall, two lanes that both have work all the time differ by no more than the dearest piece of each.
    #[test]
    fn shares_are_kept_within_a_piece(shares in prop::collection::vec(1..20_u32, 2..6), costs in prop::collection::vec(1..=100_usize, 1..400)) {
        let mut fair = busy(&shares);
        let mut done = vec![0.0; shares.len()];
        for cost in costs {
            let lane = serve(&mut fair, cost) as usize;
            done[lane] += cost as f64;
            for one in 0..shares.len() {
                for other in 0..shares.len() {
                    let [a, b] = [one, other].map(|lane| f64::from(shares[lane]));
                    let apart = done[one] / a - done[other] / b;
                    prop_assert!(apart <= 100.0 / a + 100.0 / b + 1e-6, "{one} is {apart} ahead of {other}");
                }
            }
        }
    }

    /// There is a next one exactly while someone has something to do, and whoever wakes is served before any other lane has been
    /// served more than its share allows: with equal shares, a piece of the dearest kind and what that many cheap ones add up to.
    #[test]
    fn nobody_starves_and_nobody_waits_for_the_idle(steps in steps(5)) {
        let mut fair = busy(&[]);
        (0..5).for_each(|id| fair.join(id, 1));
        let mut waits = [0_usize; 5];
        // What each lane was given since each other began to wait.
        let mut since = [[0_usize; 5]; 5];
        for (what, cost) in steps {
            if let Some(lane) = usize::try_from(what).ok().filter(|lane| *lane < 5) {
                if waits[lane] == 0 {
                    since[lane] = [0; 5];
                }
                waits[lane] += 1;
                fair.wakes(what);
                continue;
            }
            prop_assert_eq!(fair.any_ready(), waits.iter().any(|waits| *waits > 0));
            let Some(lane) = fair.next() else { continue };
            let lane = lane as usize;
            prop_assert!(waits[lane] > 0, "{} has nothing to do", lane);
            fair.charge(lane as u64, cost);
            waits[lane] -= 1;
            if waits[lane] > 0 {
                fair.wakes(lane as u64);
            }
            for (waiting, given) in since.iter_mut().enumerate() {
                given[lane] += cost;
                // One piece that began before, and one that began at the same time.
                let own = given[waiting];
                prop_assert!(waits[waiting] == 0 || given[lane] <= own + 200, "{} starves behind {}", waiting, lane);
            }
        }
    }
}
