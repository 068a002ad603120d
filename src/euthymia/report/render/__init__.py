"""A small software renderer: triangle meshes to pictures, without a graphics card or a window."""
