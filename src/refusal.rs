//! A model that does not fit a device: why, with which sizes it would, and what was tried.

mod ways_out;

use std::fmt::{self, Display};

use miette::{Diagnostic, LabeledSpan, SourceCode};

use crate::compiler::misfit::Misfit;
use crate::compiler::{self, CompileOptions, Resources};
use crate::device::Device;
use crate::model::Model;

use ways_out::WaysOut;

/// Why a model cannot be mapped: an error of the compiler, with what would help.
#[derive(Debug)]
pub struct Refusal {
    error: compiler::Error,
    misfit: Option<Misfit>,
    /// Of the first of several errors: they are about the whole model.
    ways_out: Option<WaysOut>,
}

impl Refusal {
    /// The limit that binds and what fits, if the error is about the size of a layer.
    pub fn misfit(&self) -> Option<&Misfit> {
        self.misfit.as_ref()
    }

    /// The error of the compiler.
    pub fn error(&self) -> &compiler::Error {
        &self.error
    }
}

/// Errors of the compiler with what would help.
pub(crate) fn refusals(
    model: &Model,
    device: &Device,
    options: &CompileOptions,
    errors: Vec<compiler::Error>,
) -> Vec<Refusal> {
    let resources = Resources::from(device);
    let mut refusals: Vec<Refusal> = errors
        .into_iter()
        .map(|error| Refusal { misfit: Misfit::of(model, &resources, &error), error, ways_out: None })
        .collect();
    // Names, empty models and defects fit nowhere.
    let sizes = |refusal: &Refusal| {
        use compiler::Error::{ModeNeedsMultiPass, TooManyPasses};
        refusal.misfit.is_some() || matches!(refusal.error, TooManyPasses { .. } | ModeNeedsMultiPass { .. })
    };
    if refusals.iter().all(sizes) {
        let misfits: Vec<&Misfit> = refusals.iter().filter_map(|refusal| refusal.misfit.as_ref()).collect();
        let overflows =
            refusals.iter().any(|refusal| matches!(refusal.error, compiler::Error::PotentialOverflow { .. }));
        // Where slices sit costs time, and changes nothing about what fits.
        let options = &CompileOptions::from(options.mode).with_stop(&options.stop);
        let found = WaysOut::try_all(model, device, options, &misfits, overflows);
        if let Some(first) = refusals.first_mut() {
            first.ways_out = Some(found);
        }
    }
    refusals
}

impl Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.error)
    }
}

impl Diagnostic for Refusal {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.error.code()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        let mut lines: Vec<String> = self.error.help().map(|help| help.to_string()).into_iter().collect();
        if let Some(misfit) = &self.misfit {
            lines.push(format!("limit: {}", misfit.inequality));
            lines.extend(misfit.advice());
        }
        lines.extend(self.ways_out.iter().flat_map(WaysOut::lines));
        (!lines.is_empty()).then(|| Box::new(lines.join("\n")) as Box<dyn Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        self.error.severity()
    }

    fn url<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.error.url()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.error.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.error.labels()
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        self.error.related()
    }

    fn diagnostic_source(&self) -> Option<&dyn Diagnostic> {
        self.error.diagnostic_source()
    }
}
