//! Dealing things of some kinds to places with room for some, at the least sum of costs.

/// The least sum: `costs[kind][place]`, how many of each kind, room of each place. There is room for all.
///
/// Shortest augmenting paths over the places: kinds are dealt one after the other, as many at a time as a path has room for.
pub(super) fn least_transport(costs: &[Vec<u64>], supply: &[u64], room: &[u64]) -> u64 {
    let (kinds, places) = (costs.len(), room.len());
    let mut left = room.to_vec();
    // How many of each kind are at each place.
    let mut dealt = vec![vec![0_u64; places]; kinds];
    let mut price = vec![0_i64; places];
    let cost = |kind: usize, place: usize| costs[kind][place] as i64;
    for kind in 0..kinds {
        let mut rest = supply[kind];
        while rest > 0 {
            // Dijkstra from the kind: the way to a place, and the place and kind before it.
            let mut way: Vec<i64> = (0..places).map(|place| cost(kind, place) - price[place]).collect();
            let mut before: Vec<Option<(usize, usize)>> = vec![None; places];
            let mut done = vec![false; places];
            let end = loop {
                let open = (0..places).filter(|&place| !done[place]);
                let Some(nearest) = open.min_by_key(|&place| way[place]) else { return u64::MAX };
                done[nearest] = true;
                if left[nearest] > 0 {
                    break nearest;
                }
                for other in (0..kinds).filter(|&other| dealt[other][nearest] > 0) {
                    let stay = way[nearest] - (cost(other, nearest) - price[nearest]);
                    for place in (0..places).filter(|&place| !done[place]) {
                        let detour = stay + cost(other, place) - price[place];
                        if detour < way[place] {
                            way[place] = detour;
                            before[place] = Some((nearest, other));
                        }
                    }
                }
            };
            for place in (0..places).filter(|&place| done[place]) {
                price[place] += way[place] - way[end];
            }
            // As many as the whole path has room for.
            let mut amount = rest.min(left[end]);
            let mut place = end;
            while let Some((from, other)) = before[place] {
                amount = amount.min(dealt[other][from]);
                place = from;
            }
            left[end] -= amount;
            let mut place = end;
            while let Some((from, other)) = before[place] {
                dealt[other][from] -= amount;
                dealt[other][place] += amount;
                place = from;
            }
            dealt[kind][place] += amount;
            rest -= amount;
        }
    }
    let sum =
        |kind: usize| dealt[kind].iter().zip(&costs[kind]).map(|(count, cost)| count * cost).sum::<u64>();
    (0..kinds).map(sum).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every way to deal, one thing after the other.
    fn tried(costs: &[Vec<u64>], things: &[usize], room: &mut [u64]) -> u64 {
        let Some((&kind, rest)) = things.split_first() else { return 0 };
        let mut least = u64::MAX;
        for place in 0..room.len() {
            if room[place] > 0 {
                room[place] -= 1;
                least = least.min(costs[kind][place] + tried(costs, rest, room));
                room[place] += 1;
            }
        }
        least
    }

    #[test]
    fn the_least_sum_is_that_of_all_ways() {
        let mut state = 1_u64;
        let mut draw = |limit: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % limit
        };
        for _ in 0..300 {
            let (kinds, places) = (1 + draw(3) as usize, 2 + draw(3) as usize);
            let mut room: Vec<u64> = (0..places).map(|_| 1 + draw(3)).collect();
            let costs: Vec<Vec<u64>> = (0..kinds).map(|_| (0..places).map(|_| draw(20)).collect()).collect();
            let mut supply = vec![0; kinds];
            let most = room.iter().sum::<u64>().min(6);
            (0..draw(most + 1)).for_each(|_| supply[draw(kinds as u64) as usize] += 1);
            let things: Vec<usize> = (0..kinds).flat_map(|kind| vec![kind; supply[kind] as usize]).collect();
            let least = least_transport(&costs, &supply, &room.clone());
            assert_eq!(least, tried(&costs, &things, &mut room), "{costs:?} {supply:?} {room:?}");
        }
    }
}
