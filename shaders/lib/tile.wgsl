// The tile of the mask that a workgroup computes: all of them, one each. lib/tiles.wgsl is for workgroups that
// take several and skip the saturated ones, and defines the same names.

const TILE = 16;       // texels along a side
const SKIPS = false;
const TALL = 1;        // texels of a column for each thread of coefficients.wgsl

const ALL_BACKGROUND = 1u;
const ALL_PERSON = 2u;
const UNCHANGED = 4u;

struct Tiles {
    first: vec2u,
    count: u32,
    across: u32,   // tiles in a row of the whole mask
}

fn tiles_of(group: vec3u, groups: vec3u, size: vec2i) -> Tiles {
    return Tiles(group.xy, 1u, groups.x);
}

// The index of a tile in `tile_state`.
fn tile_index(tile: vec2u, tiles: Tiles) -> u32 {
    return tile.y * tiles.across + tile.x;
}

// Never asked here.
fn saturated_value(tile: vec2u, tiles: Tiles) -> f32 {
    return f32(tile_state[tile_index(tile, tiles)]);
}

// How many tiles there are to solve and to fill.
fn list_tiles(tiles: Tiles, lane: u32) -> vec2u {
    return vec2u(1u, 0u);
}

fn tile_to_solve(tiles: Tiles, n: u32) -> vec2u { return tiles.first; }
fn tile_to_fill(tiles: Tiles, n: u32) -> vec2u { return tiles.first; }
