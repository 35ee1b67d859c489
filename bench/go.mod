module beffroi/bench

go 1.26.0
