// Which tiles of the mask a workgroup has to look at: where the model is sure of all that a solve or two in a row can see,
// nothing can change. A workgroup has a row of tiles, one or up to MOST; what software Vulkan is not to run, it has to be
// left out of a loop, as it runs both sides of every branch. Called by all lanes.
// Reads `said`, of each tile: SURE_ROOM, SURE_PERSON, or neither of them; AS_BEFORE. And params.spread (passes::spread).

const TILE = 16;   // texels a side
const MAX_TILES = 8u;

const ALL_BACKGROUND = 1u;
const ALL_PERSON = 2u;
const UNCHANGED = 4u; // and was so in the last frame

var<workgroup> to_solve: array<vec2u, MAX_TILES>;     // tiles that neither is said of
var<workgroup> to_fill: array<vec2u, MAX_TILES>;   // tiles that the model has become sure of
var<workgroup> counts: vec2u;

// The tiles of a workgroup: a row's from `first` on.
struct Tiles {
    first: vec2u,
    count: u32,
    across: u32,   // of the whole mask
}

fn tiles_of(group: vec3u, groups: vec3u, size: vec2i) -> Tiles {
    let across = (u32(size.x) + 15u) / 16u;
    let per_group = (across + groups.x - 1u) / groups.x;
    let first = min(group.x * per_group, across);
    return Tiles(vec2u(first, group.y * params.interleave % groups.y), min(per_group, across - first), across);
}

// Where `said` has a tile.
fn tile_index(tile: vec2u, tiles: Tiles) -> u32 {
    return tile.y * tiles.across + tile.x;
}

// The mask in a tile that the model is sure of.
fn saturated_value(tile: vec2u, tiles: Tiles) -> f32 {
    return select(0.0, 1.0, tile_state[tile_index(tile, tiles)] == ALL_PERSON);
}

// Lists them, and says how many they are.
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
