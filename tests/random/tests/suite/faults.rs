//! The laws can fail: each kind of planted fault is found.

use spikemesh_random::{Case, Choices, Fault, Law, Verdict, check_with_fault};

/// The first cases that can be mapped and that try something, each without a fault.
fn cases(count: usize, tries: impl Fn(&Case, &Verdict) -> bool) -> Vec<Case> {
    let seeded = (1000..).map(|seed| Case::new(&mut Choices::seeded(seed)));
    let mapped = seeded.filter(|case| match Verdict::of_mapping(case) {
        Ok(verdict @ Verdict::Held(_)) => tries(case, &verdict),
        _ => false,
    });
    mapped.take(count).collect()
}

/// Laws that found a fault in so many cases; empty where none did.
fn found(fault: Fault, cases: &[Case]) -> Vec<Option<Law>> {
    let law = |case| check_with_fault(case, Some(fault)).err().map(|violation| violation.law);
    cases.iter().map(law).collect()
}

#[test]
fn a_lost_token_marker_or_event_is_found_in_every_program() {
    // A packet of two events or more is there to lose one.
    let cases = cases(8, |case, _| case.input.samples() > 0);
    for fault in [Fault::Token, Fault::Marker] {
        let laws = found(fault, &cases);
        assert!(
            laws.iter().all(|law| matches!(law, Some(Law::Ends | Law::Conserves))),
            "{fault:?}: {laws:?}"
        );
    }
    let laws = found(Fault::Event, &cases);
    assert!(laws.iter().flatten().count() >= 6, "{laws:?}");
    assert!(laws.iter().flatten().all(|law| *law == Law::Ends), "{laws:?}");
}

#[test]
fn a_wrong_route_or_an_output_that_is_not_collected_is_found_in_every_program() {
    let several = cases(8, |_, verdict| matches!(verdict, Verdict::Held(coverage) if coverage.nps >= 2));
    for fault in [Fault::RouteTarget, Fault::Output] {
        let laws = found(fault, &several);
        assert!(laws.iter().all(Option::is_some), "{fault:?}: {laws:?}");
    }
}

#[test]
fn wrong_weights_and_thresholds_are_found() {
    let cases = cases(12, |_, _| true);
    for fault in [Fault::Weights, Fault::Thresholds] {
        let laws = found(fault, &cases);
        // Where nothing fires, before and after, no output tells.
        assert!(laws.iter().filter(|law| **law == Some(Law::Agrees)).count() >= 6, "{fault:?}: {laws:?}");
    }
}

#[test]
fn every_fault_has_a_test() {
    // A new kind of fault must be added here and above.
    let tested = [
        Fault::Token,
        Fault::Marker,
        Fault::Event,
        Fault::RouteTarget,
        Fault::Output,
        Fault::Weights,
        Fault::Thresholds,
    ];
    assert!(Fault::ALL.iter().all(|fault| tested.contains(fault)));
}
