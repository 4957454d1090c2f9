module pinnace/facts

go 1.26
