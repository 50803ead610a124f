//! Published silicon: predictions and fitted constants.

mod fit;
mod rows;
mod validation;
