module memory-server

go 1.21
