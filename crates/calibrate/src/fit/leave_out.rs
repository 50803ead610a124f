//! The fit of one quantity, clocks or energy: as a whole, and without each model in turn.

use super::equation::{self, Observation};
use super::free::FreeConstants;
use super::solve::{Equation, Prior, Solution, UNDETERMINED, solve};
use super::summary::{FitPart, Fitted, FittedRow, LeftOut};
use crate::accuracy::{Summary, error};
use crate::error::Error;
use spikemesh_device::covering;
use spikemesh_stop::Stop;

/// Fits one kind of constants to one kind of rows, as a whole and without each model.
pub(super) fn fit_part(
    rows: &[Observation],
    constants: &[(String, f64)],
    free: &FreeConstants,
    stop: &Stop,
) -> Result<FitPart, Vec<Error>> {
    let start: Vec<Prior> =
        constants.iter().map(|(name, value)| Prior { value: *value, free: free.is(name) }).collect();
    let present: Vec<f64> = start.iter().map(|s| s.value).collect();
    let equations = |keep: &dyn Fn(&Observation) -> bool| -> Vec<Equation> {
        rows.iter().filter(|row| keep(row)).map(|row| row.equation.clone()).collect()
    };
    let all = equations(&|_| true);
    let Solution { values, deviations } = solve(&all, &start);
    let mut errors = Vec::new();
    let mut fitted = Vec::new();
    for (index, (name, value)) in constants.iter().enumerate().filter(|(index, _)| start[*index].free) {
        let charged = all.iter().filter(|equation| equation.charges(index)).count();
        if free.asked_for(name) && !all.is_empty() && deviations[index] > 0.5 * UNDETERMINED {
            errors.push(Error::Undetermined { name: name.clone(), rows: charged });
        }
        fitted.push(Fitted {
            name: name.clone(),
            present: *value,
            fitted: values[index],
            deviation: deviations[index] * start[index].scale(),
            rows: charged,
        });
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut names: Vec<&str> = rows.iter().filter_map(|row| row.model.as_deref()).collect();
    names.sort_unstable();
    names.dedup();
    let mut fitted_rows = Vec::new();
    let mut models = Vec::new();
    stop.progress().expect(names.len() as u64);
    for name in &names {
        stop.progress().add(1);
        stop.check().map_err(|stopped| vec![Error::from(stopped)])?;
        let of_model = |row: &Observation| row.model.as_deref() == Some(*name);
        let others: Vec<&Observation> = rows.iter().filter(|row| !of_model(row)).collect();
        let seen = equation::ranges(&others);
        // One model has no others.
        let alone = names.len() == 1;
        let without = (!alone).then(|| solve(&equations(&|row| !of_model(row)), &start).values);
        let mut left = Vec::new();
        let mut outside = 0;
        // A model is covered where its layers are.
        let uncovered = |row: &&Observation| {
            of_model(row) && row.point.is_some_and(|point| covering(&seen, &point).is_err())
        };
        let uncovered = rows.iter().find(uncovered).map(|row| format!("`{}` is not covered", row.what));
        for row in rows.iter().filter(|row| of_model(row)) {
            let Observation { equation, point, what, counted, .. } = row;
            let charged = (0..start.len()).find(|&c| {
                start[c].free && equation.charges(c) && !others.iter().any(|other| other.equation.charges(c))
            });
            let refusal = match (&without, charged, point) {
                (None, _, _) => Some("there is no other model".to_owned()),
                (_, Some(constant), _) => Some(format!("no other model charges {}", constants[constant].0)),
                (_, None, Some(point)) => covering(&seen, point).err(),
                (_, None, None) => uncovered.clone(),
            };
            let measured = equation.measured;
            let predicted = equation.predict(&values);
            let by_others = without.as_ref().map(|values| error(equation.predict(values), measured));
            let whole = point.is_none();
            let left_out = by_others.filter(|_| refusal.is_none());
            if *counted {
                left.extend(left_out);
                outside += usize::from(refusal.is_some());
            }
            fitted_rows.push(FittedRow {
                model: (*name).to_owned(),
                what: what.clone(),
                published: measured,
                predicted,
                error: error(predicted, measured),
                left_out,
                extrapolated: by_others.filter(|_| refusal.is_some()),
                outside: refusal,
                counted: *counted,
                whole,
            });
        }
        models.push(LeftOut { model: (*name).to_owned(), errors: Summary::of(left), outside });
    }
    let of = |values: &[f64]| {
        let counted = rows.iter().filter(|row| row.counted && row.model.is_some());
        Summary::of(counted.map(|row| error(row.equation.predict(values), row.equation.measured)))
    };
    let counted = fitted_rows.iter().filter(|row| row.counted);
    let whole = || fitted_rows.iter().filter(|row| row.whole);
    let whole_in_sample = Summary::of(whole().map(|row| row.error));
    let whole_left_out = Summary::of(whole().filter_map(|row| row.left_out));
    Ok(FitPart {
        constants: fitted,
        present: of(&present),
        in_sample: of(&values),
        left_out: Summary::of(counted.filter_map(|row| row.left_out)),
        whole_in_sample,
        whole_left_out,
        models,
        rows: fitted_rows,
    })
}
