() => { rewind(); return true }
