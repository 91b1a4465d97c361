// Whether something holds for any lane of a workgroup.

var<workgroup> some: atomic<u32>;
var<workgroup> is_any: u32;

// The same for all lanes, and all must call it, once.
fn holds_in_any(lane: u32, holds: bool) -> bool {
    if lane == 0u { atomicStore(&some, 0u); } // workgroup memory begins with anything
    workgroupBarrier();
    if holds { atomicOr(&some, 1u); }
    workgroupBarrier();
    if lane == 0u { is_any = atomicLoad(&some); }
    return workgroupUniformLoad(&is_any) != 0u;
}
