module leakserver

go 1.22
