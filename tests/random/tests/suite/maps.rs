//! A sample of the mapping benchmark, `cargo xtask maps`.

use std::path::Path;

use spikemesh_random::MODES;
use spikemesh_random::maps::{MESHES, map_row, page};

/// NPs of a mapping that has something to choose.
const MANY: u32 = 24;

/// Annealed placements are never above snake and greedy, and no placement is below the bound; where there are many NPs, annealing saves much.
#[test]
fn annealed_is_never_above_greedy_and_nothing_is_below_the_bound() {
    let mut savings = Vec::new();
    let mut of_many = Vec::new();
    for name in ["mnist-separable", "an.25-160", "devhub-uored", "faceid", "convtiny"] {
        let file = Path::new("../models").join(name).with_extension("yaml");
        for mesh in &MESHES[..3] {
            for mode in MODES {
                let Some(row) = map_row(&file, mode, *mesh, 0) else { continue };
                row.check().unwrap();
                savings.push(row.saving("annealed"));
                if row.nps >= MANY {
                    of_many.push(row.saving("annealed"));
                }
            }
        }
    }
    savings.sort_by(f64::total_cmp);
    of_many.sort_by(f64::total_cmp);
    println!("{} mappings, savings {savings:.3?}, of many NPs {of_many:.3?}", savings.len());
    assert!(savings.len() >= 20 && of_many.len() >= 4, "{savings:?}");
    assert!(of_many[of_many.len() / 2] > 0.05, "{of_many:?}");
}

/// Trees save flit-hops where filters are split, whatever is placed how; certificates hold.
#[test]
fn trees_save_where_filters_are_split() {
    let file = Path::new("../models/mnist-separable.yaml");
    let row = map_row(file, spikemesh::compiler::Mode::AllNps, MESHES[1], 1_000_000).unwrap();
    row.check().unwrap();
    assert!(row.placed.iter().filter_map(|placed| placed.certificate).eq([true, true]));
    assert!(row.is_half_split() && row.split.iter().all(|layer| layer.part() > Some(0.8)), "{:?}", row.split);
    assert!(row.saving("trees") > row.saving("annealed"));
    assert!(row.link_saving("trees") > Some(0.3), "{row:?}");
    let [copies, trees] = ["greedy", "trees"].map(|name| row.by(name).simulated.unwrap());
    assert!(trees.clocks[0] <= copies.clocks[0] && trees.flit_hops < copies.flit_hops, "{row:?}");
    let page = page(&[row], 1);
    assert!(page.contains("| 5x4 | all-nps | mnist-separable |") && !page.contains("FALSE"), "{page}");
}
