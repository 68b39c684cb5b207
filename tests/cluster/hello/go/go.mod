module uvote.org/hello

go 1.22
