"""Tables and bytes: catalogs, planning, storage, the manifest; never tensors, never flows."""
