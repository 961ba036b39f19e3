return await Pipeline.Functions.Local.CommandLine.RunAsync(args);
