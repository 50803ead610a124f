//! Published upper bounds beside predictions.

use spikemesh_calibrate::{BoundResult, BoundVerdict, Published, PublishedFile, page, validate};
use spikemesh_stop::Stop;

const HEADING: &str = "model_file,device,what,upper_bound,unit,source,strength";

/// Nothing but bounds: the built-in ones, or rows.
fn only_bounds(rows: Option<&str>) -> Published {
    let mut published = Published::default();
    for file in [&mut published.layers, &mut published.models, &mut published.np_counts, &mut published.micro]
    {
        file.text = file.text.lines().take(1).map(|line| format!("{line}\n")).collect();
    }
    if let Some(rows) = rows {
        let text = format!("{HEADING}\n{rows}\n");
        published.bounds = PublishedFile { name: "bounds.csv".to_owned(), text, folder: None };
    }
    published
}

fn rows(rows: &str) -> Vec<BoundResult> {
    validate(&only_bounds(Some(rows)), &Stop::NEVER).unwrap().rows.bounds
}

/// The published image takes at most 1.622 ms, and the first dense layer alone is predicted to take six times as long, whatever the events.
#[test]
fn a_bound_that_the_prediction_exceeds_is_missed_and_names_the_layer() {
    let report = validate(&only_bounds(None), &Stop::NEVER).unwrap();
    let [missed, others @ ..] = report.rows.bounds.as_slice() else { panic!() };
    assert_eq!(
        (missed.verdict, missed.bound.template.as_deref()),
        (BoundVerdict::Missed, Some("gxnor.yaml"))
    );
    assert_eq!((missed.slowest_layer.as_deref(), missed.slowest_layer_clocks), (Some("f0"), Some(2_908_698)));
    let (least, most) = (missed.least.unwrap(), missed.most.unwrap());
    assert!(9.7 < least && least < most && most < 12.0, "{least} to {most}");
    // Rows without a model.
    assert!(others.iter().all(|row| row.verdict == BoundVerdict::NotComparable && row.least.is_none()));
    assert_eq!((report.bounds.n, report.bounds.missed, report.bounds.not_comparable), (5, 1, 4));
    let page = page(&report);
    assert!(page.contains("missed: `f0` takes 2908698 clocks whatever the events"), "{page}");
    assert!(page.contains("| not comparable: the row names no model |"), "{page}");
}

#[test]
fn events_may_decide_whether_a_bound_holds() {
    let whole = |bound: &str| format!("mnist-separable.yaml,AKD1000,whole image wall time,{bound},ms,made,");
    let found = rows(&[whole("1000"), whole("0.001")].join("\n"));
    assert_eq!([found[0].verdict, found[1].verdict], [BoundVerdict::Holds, BoundVerdict::Missed]);
    let (least, most) = (found[0].least.unwrap(), found[0].most.unwrap());
    assert!(least < most, "{least} to {most}");
    let between = rows(&whole(&f64::midpoint(least, most).to_string()));
    assert_eq!(between[0].verdict, BoundVerdict::DependsOnEvents);
    // The same in other units, and on a faster clock.
    let micro = rows("mnist-separable.yaml,akd1000,image,1,us,,\nmnist-separable.yaml,AKD1500,image,1,ms,,");
    assert!((micro[0].least.unwrap() - 1000.0 * least).abs() < 1e-9 * least * 1000.0);
    assert!(micro[1].least.unwrap() < least);
}

#[test]
fn what_is_not_simulated_is_not_comparable() {
    let reasons: Vec<_> = rows(
        "gxnor.yaml,AKD1000,one step of native learning,2,ms,,\n\
         gxnor.yaml,AKD1000,energy of an image,2,mJ,,\n\
         gxnor.yaml,AKD9000,whole image wall time,2,ms,,\n\
         an1-224.yaml,two-nodes,whole image wall time,2,ms,,\n\
         ,AKD1000,whole image wall time,2,ms,,",
    )
    .into_iter()
    .map(|row| {
        assert_eq!(row.verdict, BoundVerdict::NotComparable);
        row.reason.unwrap()
    })
    .collect();
    let starts = [
        "learning is not simulated",
        "mJ is no unit of time",
        "there is no device AKD9000",
        "layer `",
        "the row names no model",
    ];
    for (reason, start) in reasons.iter().zip(starts) {
        assert!(reason.starts_with(start), "{reason}");
    }
}

#[test]
fn bad_rows_are_refused_with_their_line() {
    let refused = |rows: &str| validate(&only_bounds(Some(rows)), &Stop::NEVER).unwrap_err()[0].to_string();
    let bound = refused("gxnor.yaml,AKD1000,image,-1,ms,,");
    assert!(bound.starts_with("bounds.csv:2: `upper_bound` is `-1`"), "{bound}");
    let gone = refused("gone.yaml,AKD1000,image,1,ms,,");
    assert_eq!(gone, "bounds.csv:2: the template `gone.yaml`: there is no such file");
}
