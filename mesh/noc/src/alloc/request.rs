//! Requests and grants of VC allocation.

/// A head that asks for an output VC.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VcRequest {
    /// Distance from the output arbiter's pointer; the smallest wins.
    pub distance: u32,
    /// Input VC within the router.
    pub local: u32,
}

/// No request: any other is nearer to the pointer.
pub(crate) const NO_VC_REQUEST: VcRequest = VcRequest { distance: u32::MAX, local: 0 };

/// An input VC that has won an output VC, both of one router.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VcGrant {
    pub local: u32,
    pub out: u32,
}
