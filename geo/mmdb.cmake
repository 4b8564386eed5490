# How geography databases are built. Sets FAIRLEAD_MMDB_WRITER when this machine can.
find_package(Perl QUIET)
set(FAIRLEAD_MMDB_WRITER FALSE)
if(PERL_EXECUTABLE)
  execute_process(COMMAND ${PERL_EXECUTABLE} -MMaxMind::DB::Writer::Tree -e 1
    RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
  if(failed EQUAL 0)
    set(FAIRLEAD_MMDB_WRITER TRUE)
  endif()
endif()

# fairlead_mmdb(OUTPUT FILE FIXTURE TABLE) or fairlead_mmdb(OUTPUT FILE GEOIP LIST GEOIP6 LIST):
# a rule that makes FILE. Something has to depend on it.
function(fairlead_mmdb)
  set(build_mmdb ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/build-mmdb)
  set(countries ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/countries.csv)
  cmake_parse_arguments(ARG "" "OUTPUT;FIXTURE;GEOIP;GEOIP6" "" ${ARGN})
  if(ARG_FIXTURE)
    set(source --fixture ${ARG_FIXTURE})
  else()
    set(source --geoip ${ARG_GEOIP} --geoip6 ${ARG_GEOIP6} --countries ${countries})
  endif()
  cmake_path(GET ARG_OUTPUT FILENAME name)
  add_custom_command(OUTPUT ${ARG_OUTPUT}
    COMMAND ${PERL_EXECUTABLE} ${build_mmdb} --output ${ARG_OUTPUT} ${source}
    DEPENDS ${build_mmdb} ${countries} ${ARG_FIXTURE} ${ARG_GEOIP} ${ARG_GEOIP6}
    COMMENT "Building the geography database ${name}" VERBATIM)
endfunction()
