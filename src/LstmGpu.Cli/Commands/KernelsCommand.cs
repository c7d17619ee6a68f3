using System.CommandLine;
using System.Text.Json.Nodes;
using LstmGpu.Cli.Reporting;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu kernels</c>: what runs on a GPU, listed or written as the text that its driver gets.</summary>
internal static class KernelsCommand
{
    public static Command Create(CommandContext context)
    {
        Option<bool> json = new("--json") { Description = "print a JSON array", Arity = ArgumentArity.Zero };
        Option<string> into = new("--write") { Description = "write <kernel>.cl and <kernel>.cu into this directory instead", HelpName = "DIR" };
        Command command = new("kernels", "List the GPU kernels of this build, or write them as OpenCL C and CUDA C.") { json, into };
        command.SetAction(parse =>
        {
            IReadOnlyList<KernelDescription> kernels = KernelCatalog.List();
            if (parse.GetValue(into) is { } directory)
            {
                WriteTexts(kernels, directory, context.Cancel);
            }
            else if (parse.GetValue(json))
            {
                context.Output.WriteLine(Json(kernels).ToJsonString(RunOptionsJson.Form));
            }
            else
            {
                Write(kernels, context.Output);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void Write(IReadOnlyList<KernelDescription> kernels, TextWriter output)
    {
        TextTable table = new("kernel", ">group", "dynamic shared", "parameters");
        foreach (KernelDescription kernel in kernels)
        {
            (int x, int y, int z) = kernel.GroupSize;
            string group = string.Join("×", new[] { x, y, z }.Select(n => Figures.Plain(n)));
            string parameters = string.Join(", ", kernel.Parameters.Select(p => $"{p.Type} {p.Name}"));
            table.Add(kernel.Name, group, kernel.UsesDynamicSharedMemory ? "yes" : "no", parameters);
        }

        table.Write(output);
    }

    private static JsonArray Json(IReadOnlyList<KernelDescription> kernels) => new([.. kernels.Select(k => (JsonNode)new JsonObject
    {
        ["name"] = k.Name,
        ["group_size"] = new JsonArray(k.GroupSize.X, k.GroupSize.Y, k.GroupSize.Z),
        ["parameters"] = new JsonArray([.. k.Parameters.Select(p => (JsonNode)new JsonObject { ["name"] = p.Name, ["type"] = p.Type })]),
        ["dynamic_shared_memory"] = k.UsesDynamicSharedMemory,
    })]);

    private static void WriteTexts(IReadOnlyList<KernelDescription> kernels, string directory, CancellationToken cancel)
    {
        if (directory.Length == 0 || File.Exists(directory))
        {
            throw new ConfigurationException($"--write: found '{directory}', expected a directory; use another --write");
        }

        Directory.CreateDirectory(directory);
        foreach (KernelDescription kernel in kernels)
        {
            cancel.ThrowIfCancellationRequested();
            if (kernel.OpenCl.Length > 0)
            {
                File.WriteAllText(Path.Combine(directory, kernel.Name + ".cl"), kernel.OpenCl);
            }

            File.WriteAllText(Path.Combine(directory, kernel.Name + ".cu"), kernel.Cuda);
        }
    }
}
