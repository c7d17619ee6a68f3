using System.CommandLine;
using LstmGpu.Cli.Configuration;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>--device</c>, <c>--threads</c>, <c>--precision</c> and <c>--gemm</c> of the commands that take no other setting.</summary>
internal sealed class DeviceFlags
{
    private readonly Option<string> device = Flag("--device");
    private readonly Option<string> threads = Flag("--threads");
    private readonly Option<string> precision = Flag("--precision");
    private readonly Option<string> gemm = Flag("--gemm");

    public void AddTo(Command command)
    {
        command.Add(device);
        command.Add(threads);
        command.Add(precision);
        command.Add(gemm);
    }

    /// <summary>The flags over the defaults.</summary>
    public DeviceOptions Options(ParseResult parse)
    {
        DeviceOptions defaults = new();
        return new DeviceOptions { Name = Name(parse) ?? defaults.Name, Threads = Threads(parse) ?? defaults.Threads, Precision = Precision(parse), Gemm = Gemm(parse) ?? defaults.Gemm };
    }

    /// <summary>Only what was given: a resumed run keeps the rest.</summary>
    public ResumeOptions Changes(ParseResult parse, long? steps, int? patience) => new(steps, Name(parse), Threads(parse), patience, Precision: Precision(parse), Gemm: Gemm(parse));

    private string? Name(ParseResult parse) =>
        parse.GetValue(device) is { } text ? (string?)SettingCatalog.OfFlag("--device").FromText(text, "--device") : null;

    private int? Threads(ParseResult parse) =>
        parse.GetValue(threads) is { } text ? (int?)(long?)SettingCatalog.OfFlag("--threads").FromText(text, "--threads") : null;

    private string? Precision(ParseResult parse) =>
        parse.GetValue(precision) is { } text ? (string?)SettingCatalog.OfFlag("--precision").FromText(text, "--precision") : null;

    private string? Gemm(ParseResult parse) =>
        parse.GetValue(gemm) is { } text ? (string?)SettingCatalog.OfFlag("--gemm").FromText(text, "--gemm") : null;

    private static Option<string> Flag(string name)
    {
        Setting setting = SettingCatalog.OfFlag(name);
        return new(name) { Description = setting.Help, HelpName = SettingFlags.HelpName(setting) };
    }
}
