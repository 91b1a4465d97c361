// The tiles of the mask that a workgroup has to compute, of up to MAX_TILES of a row (llvmpipe idiom 11): all
// but the saturated ones. A tile is saturated where the mask is 0 or 1 in all that its result depends on: no
// solve can change anything there. All lanes must call list_tiles.
// Reads `tile_state`, which holds for each tile ALL_BACKGROUND, ALL_PERSON or neither, and UNCHANGED; and
// params.interleave, the multiplier of row numbers.

const TILE = 16;   // texels along a side
const SKIPS = true;
const TALL = 4;    // texels of a column for each thread of coefficients.wgsl
const MAX_TILES = 8u;

const ALL_BACKGROUND = 1u;
const ALL_PERSON = 2u;
const UNCHANGED = 4u; // saturated alike in the last frame

var<workgroup> to_solve: array<vec2u, MAX_TILES>;     // tiles that are not saturated
var<workgroup> to_fill: array<vec2u, MAX_TILES>;   // tiles that have just become saturated
var<workgroup> counts: vec2u;

// The tiles of a workgroup: `count` of a row, from `first` on.
struct Tiles {
    first: vec2u,
    count: u32,
    across: u32,   // tiles in a row of the whole mask
}

fn tiles_of(group: vec3u, groups: vec3u, size: vec2i) -> Tiles {
    let across = (u32(size.x) + 15u) / 16u;
    let per_group = (across + groups.x - 1u) / groups.x;
    let first = min(group.x * per_group, across);
    return Tiles(vec2u(first, group.y * params.interleave % groups.y), min(per_group, across - first), across);
}

// The index of a tile in `tile_state`.
fn tile_index(tile: vec2u, tiles: Tiles) -> u32 {
    return tile.y * tiles.across + tile.x;
}

// The mask in a saturated tile: 0 or 1.
fn saturated_value(tile: vec2u, tiles: Tiles) -> f32 {
    return select(0.0, 1.0, tile_state[tile_index(tile, tiles)] == ALL_PERSON);
}

fn tile_to_solve(tiles: Tiles, n: u32) -> vec2u { return to_solve[n]; }
fn tile_to_fill(tiles: Tiles, n: u32) -> vec2u { return to_fill[n]; }

// Fills to_solve and to_fill, and returns how many tiles each holds.
fn list_tiles(tiles: Tiles, lane: u32) -> vec2u {
    if lane == 0u {
        var n = vec2u(0u);
        for (var k = 0u; k < tiles.count; k++) {
            let tile = tiles.first + vec2u(k, 0u);
            let state = tile_state[tile_index(tile, tiles)];
            if (state & (ALL_BACKGROUND | ALL_PERSON)) == 0u {
                to_solve[n.x] = tile;
                n.x++;
            } else if (state & UNCHANGED) == 0u {
                to_fill[n.y] = tile;
                n.y++;
            }
        }
        counts = n;
    }
    return workgroupUniformLoad(&counts);
}
