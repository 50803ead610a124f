//! Devices: floorplans, calibrations.

mod calibration;
mod floorplan;
