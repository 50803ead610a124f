//! The network: closed forms, BookSim2's results, properties, traces, traffic.

mod naive;
mod network_merging;
mod network_properties;
mod network_traces;
mod network_views;
mod network_zero_load;
mod outputs;
mod reference;
mod replay_spt;
mod replay_traces;
mod replay_trees;
mod routing;
mod traffic_curves;
mod traffic_runs;
mod tree_networks;
