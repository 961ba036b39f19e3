// Without a forwarded type the compiler drops the reference, and the library would not reach the programs that need it.
[assembly: System.Runtime.CompilerServices.TypeForwardedTo(typeof(System.IO.Hashing.NonCryptographicHashAlgorithm))]
