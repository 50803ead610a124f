//! Published silicon: predictions and fitted constants.

mod bounds;
mod fit;
mod rows;
mod validation;
