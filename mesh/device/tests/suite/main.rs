//! Devices: floorplans, calibrations, canonical text.

mod calibration;
mod canonical;
mod change;
mod floorplan;
mod older;
mod ron_text;
mod setting;
